/// The bounds of the message coder.
package enum MessageLimits {
    /// How deep values and containers may lie in each other, the outermost counted as 1.
    ///
    /// A value inside a value counts one level whether or not it has a container of its own, and so does a container that
    /// is nested by hand. 64 levels fit a stack of 128 KiB.
    package static let depth = 64

    /// How many key names of one message get a number; later ones are written out each time.
    package static let numberedKeys = 65_536

    /// How many idle writers, and as many readers, are kept for the next message.
    package static let idleCoders = 32

    /// The largest buffer, in bytes, that an idle coder keeps.
    package static let idleBufferBytes = 256 * 1024

    /// The longest string, byte array or key: its length travels in 32 bits.
    static let length = Int(UInt32.max)
}
