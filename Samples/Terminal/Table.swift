/// Rows of text as lines with aligned columns.
package struct Table {
    /// On which side a column's cells are flush.
    package enum Alignment: Sendable {
        case left
        case right
    }

    /// Of all columns but the last, which stays as it is.
    private let alignments: [Alignment]
    private let rows: [[String]]

    package init(alignments: [Alignment], rows: [[String]]) {
        self.alignments = alignments
        self.rows = rows
    }

    /// One per row, with two spaces between columns.
    package var lines: some Sequence<String> {
        let widths = alignments.indices.map { column in rows.lazy.map { $0[column].count }.max() ?? 0 }
        return rows.lazy.map { row in
            let filled = alignments.indices.map { Self.fill(row[$0], to: widths[$0], alignments[$0]) }
            return (filled + row[alignments.count...]).joined(separator: "  ")
        }
    }

    private static func fill(_ text: String, to width: Int, _ alignment: Alignment) -> String {
        let space = String(repeating: " ", count: width - text.count)
        return alignment == .left ? text + space : space + text
    }
}
