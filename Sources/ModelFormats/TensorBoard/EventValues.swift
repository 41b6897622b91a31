import Foundation

/// What a run records at one moment, in TensorBoard's terms.
package enum EventValue: Sendable, Equatable {
    /// A number, for the page of scalars.
    case scalar(Double)
    /// A whole PNG file, for the page of images.
    case png([UInt8])
    /// How numbers are spread, for the pages of distributions and histograms.
    case histogram([Float])
    /// What an add-on of TensorBoard's reads; see ``HyperparameterTable``.
    case plugin(name: String, content: [UInt8])
}

extension Tensorboard_Event {
    /// The first event of every file.
    package static func version(at seconds: Double) -> Tensorboard_Event {
        with(seconds, step: 0) { $0.fileVersion = "brain.Event:2" }
    }

    /// Says that a run starts anew: what was recorded at `step` or later, in earlier files of the folder, is void.
    package static func start(at seconds: Double, step: Int) -> Tensorboard_Event {
        with(seconds, step: step) { $0.sessionLog.status = .start }
    }

    /// Values by their tags; what cannot be shown is left out.
    package static func values(
        _ values: [(tag: String, value: EventValue)], at seconds: Double, step: Int
    ) -> Tensorboard_Event {
        with(seconds, step: step) { event in
            event.summary.value = values.compactMap { Tensorboard_Summary.Value(tag: $0.tag, $0.value) }
        }
    }

    private static func with(
        _ seconds: Double, step: Int, _ fill: (inout Tensorboard_Event) -> Void
    ) -> Tensorboard_Event {
        var event = Tensorboard_Event()
        event.wallTime = seconds
        event.step = Int64(step)
        fill(&event)
        return event
    }
}

extension Tensorboard_Summary.Value {
    /// Nil for bytes that are no PNG, and for a histogram of nothing.
    fileprivate init?(tag: String, _ value: EventValue) {
        self.init()
        self.tag = tag
        switch value {
        case .scalar(let number): simpleValue = Float(number)
        case .png(let bytes):
            guard let picture = Tensorboard_Summary.Image(png: bytes) else { return nil }
            image = picture
        case .histogram(let numbers):
            guard let spread = Tensorboard_HistogramProto(of: numbers) else { return nil }
            histo = spread
        case .plugin(let name, let content):
            metadata.pluginData.pluginName = name
            metadata.pluginData.content = Data(content)
            // A value that only carries its metadata has, in TensorBoard's own files, one zero.
            tensor.dtype = .dtFloat
            tensor.tensorShape.dim = [.with { $0.size = 1 }]
            tensor.floatVal = [0]
        }
    }
}

extension Tensorboard_Summary.Image {
    /// A picture of which the header is read: width, height, and whether it is grey.
    fileprivate init?(png bytes: [UInt8]) {
        guard bytes.count > 26, bytes[1...3].elementsEqual("PNG".utf8) else { return nil }
        func word(_ offset: Int) -> Int32 {
            Int32(truncatingIfNeeded: bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) })
        }
        self.init()
        (width, height) = (word(16), word(20))
        colorspace = bytes[25] == 0 ? 1 : 3
        encodedImageString = Data(bytes)
    }
}

extension Tensorboard_HistogramProto {
    /// Buckets, as many as TensorBoard shows.
    private static let bucketCount = 30

    /// Equal buckets from the least number to the greatest, of which each limit is the upper end.
    ///
    /// Numbers that are not finite are left out; nil where none is left. Where all are the same there is one bucket without
    /// width.
    package init?(of numbers: [Float]) {
        let finite = numbers.filter(\.isFinite).map(Double.init)
        guard let least = finite.min(), let greatest = finite.max() else { return nil }
        self.init()
        (min, max, num) = (least, greatest, Double(finite.count))
        sum = finite.reduce(0, +)
        sumSquares = finite.reduce(0) { $0 + $1 * $1 }
        let count = greatest > least ? Self.bucketCount : 1
        let width = (greatest - least) / Double(count)
        // The last limit is the greatest number itself, whatever rounding makes of the sum.
        bucketLimit = (1..<count).map { least + width * Double($0) } + [greatest]
        bucket = finite.reduce(into: [Double](repeating: 0, count: count)) { counts, number in
            counts[width > 0 ? Swift.min(count - 1, Int((number - least) / width)) : 0] += 1
        }
    }
}
