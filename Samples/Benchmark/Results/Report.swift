/// Everything that was found, for people and for programs.
struct Report {
    var readings: Readings
    /// The same work in C.
    var floor = Readings()

    /// `WORKLOAD METRIC NUMBER`, the median of the rounds.
    var lines: [String] {
        Figure.all.compactMap { figure in
            readings[figure.key].map { "\(figure.key) \(fixed($0.median, digits: 3))" }
        }
    }

    /// Aligned columns, a row for each figure.
    var table: [String] {
        let header = ["", "WHAT", "MEDIAN", "UNIT", "SPREAD", "BESIDE", "RATIO"]
        let rows = Figure.all.filter(\.isInTable).compactMap(row)
        return aligned([header] + rows, right: [2, 4, 5, 6])
    }

    private func row(_ figure: Figure) -> [String]? {
        guard let values = readings[figure.key] ?? floor[figure.key],
            let workload = figure.key.split(separator: " ").first
        else {
            return nil
        }
        let (beside, ratio) = comparison(figure)
        return [
            String(workload), figure.title, short(values.median), figure.unit.rawValue,
            values.spread.map { "\(fixed($0 * 100, digits: 0)) %" } ?? "", beside.map(short) ?? "",
            ratio.map { "×\(short($0))" } ?? "",
        ]
    }

    /// What a figure stands beside, and the ratio to it: how many times as long, or, among figures of the library's
    /// own, how many times as much.
    private func comparison(_ figure: Figure) -> (beside: Double?, ratio: Double?) {
        switch figure.reference {
        case nil: return (nil, nil)
        case .figure(let key): return (readings[key]?.median, readings.ratio(of: figure.key, to: readings, key))
        case .floor:
            let ratio =
                figure.isRate
                ? floor.ratio(of: figure.key, to: readings, figure.key)
                : readings.ratio(of: figure.key, to: floor, figure.key)
            return (floor[figure.key]?.median, ratio)
        }
    }
}

/// With two spaces between columns; those in `right` are flush right.
private func aligned(_ rows: [[String]], right: Set<Int>) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        let cells = row.enumerated().map { column, text in
            let space = String(repeating: " ", count: widths[column] - text.count)
            return right.contains(column) ? space + text : text + space
        }
        let line = cells.joined(separator: "  ")
        return String(line.reversed().drop(while: { $0 == " " }).reversed())
    }
}
