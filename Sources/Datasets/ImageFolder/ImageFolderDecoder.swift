import Dispatch
import Imaging
import Synchronization

/// Reads image files on all cores and brings them to one size.
struct ImageFolderDecoder {
    let height: Int
    let width: Int
    let channels: Int
    let options: ImageFolder.Options

    /// What became of the files.
    private struct Progress {
        var pixels: [UInt8]
        /// By the file's place; the order of completion leaves no trace.
        var failures: [Int: ImagingError] = [:]
    }

    /// The images in the order of the files, without the bad ones, which are listed in the same order.
    func decode(_ files: [ImageFolderContents.File]) -> (images: LabeledImages, bad: [UnusableFile]) {
        let bytes = height * width * channels
        let progress = Mutex(Progress(pixels: [UInt8](repeating: 0, count: files.count * bytes)))
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            let result = Result { () throws(ImagingError) in try decode(files[index].path) }
            // Copying one small image takes far less than decoding it, so waiting for the lock is rare.
            progress.withLock { progress in
                switch result {
                case .success(let image):
                    progress.pixels.replaceSubrange(index * bytes..<(index + 1) * bytes, with: image.pixels)
                case .failure(let error): progress.failures[index] = error
                }
            }
        }
        return progress.withLock { collect(files, &$0) }
    }

    private func decode(_ path: String) throws(ImagingError) -> Image {
        var image = try Image(contentsOf: path, limits: options.limits).converted(toChannels: channels)
        if options.fit == .crop { image = croppedToProportions(image) }
        return image.resized(width: width, height: height)
    }

    /// The largest middle part with the proportions of the data set's images; at least one pixel.
    private func croppedToProportions(_ image: Image) -> Image {
        // Sides are at most a few thousand pixels, so the products are far inside Int.
        let newWidth = max(1, min(image.width, image.height * width / height))
        let newHeight = max(1, min(image.height, image.width * height / width))
        return image.cropped(
            x: (image.width - newWidth) / 2, y: (image.height - newHeight) / 2, width: newWidth,
            height: newHeight)
    }

    private func collect(
        _ files: [ImageFolderContents.File], _ progress: inout Progress
    ) -> (images: LabeledImages, bad: [UnusableFile]) {
        let good = files.indices.filter { progress.failures[$0] == nil }
        let bytes = height * width * channels
        if good.count < files.count {
            // Moved forward in place: a second copy could be gigabytes.
            for (target, source) in good.enumerated() where target != source {
                for byte in 0..<bytes {
                    progress.pixels[target * bytes + byte] = progress.pixels[source * bytes + byte]
                }
            }
            progress.pixels.removeLast((files.count - good.count) * bytes)
        }
        let bad = progress.failures.sorted { $0.key < $1.key }.map { index, error in
            UnusableFile(path: files[index].path, description: error.description)
        }
        let images = LabeledImages(
            height: height, width: width, channels: channels, pixels: progress.pixels,
            labels: good.map { files[$0].label })
        return (images, bad)
    }
}
