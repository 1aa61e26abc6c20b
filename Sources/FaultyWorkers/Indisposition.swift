import ProcessIO

/// What is wrong with a build of the worker program, as a variable says.
enum Indisposition {
    /// In a worker: `trap` at once, or so many milliseconds after this.
    static func begin() {
        guard let ill = currentEnvironment()["FAULTY_BUILD"] else { return }
        if ill == "trap" { fatalError("no configuration of version 2") }
        guard let life = Int(ill) else { return }
        Task.detached {
            try? await Task.sleep(for: .milliseconds(life))
            fatalError("not well after all")
        }
    }
}
