/// The types that have an encoding of their own beside the primitives and `[UInt8]`.
enum TypeShape: UInt8, BitwiseCopyable {
    /// Writes and reads itself through the containers.
    case ordinary
    case int8s, int16s, int32s, int64s, ints
    case uint16s, uint32s, uint64s, uints
    case floats, doubles
    case strings
    case integersByText, textsByText
    /// Foundation's `Data`.
    case data

    init(of type: Any.Type) {
        self = TypeShape.collections.first { $0.type == type }?.shape ?? .ordinary
    }

    private static let collections: [(type: Any.Type, shape: TypeShape)] = [
        ([Int8].self, .int8s),
        ([Int16].self, .int16s),
        ([Int32].self, .int32s),
        ([Int64].self, .int64s),
        ([Int].self, .ints),
        ([UInt16].self, .uint16s),
        ([UInt32].self, .uint32s),
        ([UInt64].self, .uint64s),
        ([UInt].self, .uints),
        ([Float].self, .floats),
        ([Double].self, .doubles),
        ([String].self, .strings),
        ([String: Int].self, .integersByText),
        ([String: String].self, .textsByText),
    ]
}

/// The shapes of the types that a coder has met: one look-up instead of a row of comparisons.
struct TypeShapes: ~Copyable {
    private var shapes = AddressMap<TypeShape>()
    /// `Data` as a collection, once met.
    private(set) var dataType: (any RangeReplaceableCollection<UInt8>.Type)?

    @inline(__always)
    mutating func shape<Value>(of type: Value.Type) -> TypeShape {
        if let shape = shapes[address(of: type)] { return shape }
        return addShape(of: type)
    }

    @inline(never)
    private mutating func addShape<Value>(of type: Value.Type) -> TypeShape {
        var shape = TypeShape(of: type)
        if shape == .ordinary, let collection = type as? any RangeReplaceableCollection<UInt8>.Type, isData(type) {
            dataType = collection
            shape = .data
        }
        shapes.insert(shape, at: address(of: type))
        return shape
    }

    /// By its exact name, because the library does not import Foundation, and because another collection of bytes may
    /// check something in its own `init(from:)`.
    private func isData<Value>(_ type: Value.Type) -> Bool {
        let name = String(reflecting: type)
        return name == "Foundation.Data" || name == "FoundationEssentials.Data"
    }
}
