import Foundation
import Tensors

/// Keeps two processes from fetching into one folder; the system lets go of it when a process ends, however it ends.
///
/// Not reliable on network file systems, where `flock` may be local to each machine.
package final class FolderLock {
    private let descriptor: Int32

    package init(folder: String) throws {
        let path = folder.appending(path: ".fetch.lock")
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FetchError.cannotCreate(path: path, reason: systemReason()) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw FetchError.busy(path: folder)
        }
    }

    deinit { close(descriptor) }
}
