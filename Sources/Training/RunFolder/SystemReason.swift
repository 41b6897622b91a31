import Foundation

/// The reason of the last failed system call, as the C library words it.
func lastSystemReason() -> String { String(cString: strerror(errno)) }

/// The system's own words for a Foundation error, without its sentence around them.
package func systemReason(_ error: any Error) -> String {
    var error = error as NSError
    while error.domain != NSPOSIXErrorDomain, let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError {
        error = inner
    }
    if error.domain == NSPOSIXErrorDomain, let code = Int32(exactly: error.code) {
        return String(cString: strerror(code))
    }
    if error.domain == NSCocoaErrorDomain, error.code == CocoaError.fileReadNoSuchFile.rawValue {
        return String(cString: strerror(ENOENT))
    }
    return oneLine(error.localizedDescription)
}
