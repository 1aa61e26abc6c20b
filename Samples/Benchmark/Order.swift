/// The small structure of W4: nested values, an optional, an array, an enum with a payload.
struct Order: Codable, Sendable, Equatable {
    /// One thing that was ordered.
    struct Line: Codable, Sendable, Equatable {
        var product: String
        var count: Int
        var price: Double
    }
    /// Where it is to go.
    struct Address: Codable, Sendable, Equatable {
        var street: String
        var city: String
        var postcode: String?
    }
    /// How it will be paid.
    enum Payment: Codable, Sendable, Equatable {
        case cash
        case card(number: String, year: Int)
    }

    var number: Int
    var address: Address
    var lines: [Line]
    var payment: Payment

    static let example = Order(
        number: 4_711, address: Address(street: "Long Road 1", city: "Hamburg", postcode: "20095"),
        lines: [Line(product: "apples", count: 12, price: 0.3), Line(product: "pears", count: 6, price: 0.45)],
        payment: .card(number: "4111111111111111", year: 2_031))
}
