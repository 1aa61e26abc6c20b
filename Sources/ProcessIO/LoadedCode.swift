import CShims

/// Code and constants of this program and of its libraries, as far as they have been used and so are mapped.
package enum LoadedCode {
    /// Takes them out of this process's resident memory. What is used again comes back page by page from the kernel's
    /// cache of the files, which keeps them; what only the start of the program has used does not. Pages that have
    /// been changed, as by a debugger, stay. On Linux.
    package static func giveBack() { ac_give_back_code() }
}
