import Foundation

/// Why the last system call failed, or one that failed with the number `code`, in the system's own words.
package func systemReason(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

/// The system's own words for a Foundation error, without its sentence around them.
package func systemReason(_ error: any Error) -> String {
    var error = error as NSError
    // As `any Error`: some of Foundation's inner errors are Swift values, which are no NSError by themselves.
    while error.domain != NSPOSIXErrorDomain, let inner = error.userInfo[NSUnderlyingErrorKey] as? any Error {
        error = inner as NSError
    }
    if error.domain == NSPOSIXErrorDomain, let code = Int32(exactly: error.code) { return systemReason(code) }
    if error.domain == NSCocoaErrorDomain, error.code == CocoaError.fileReadNoSuchFile.rawValue {
        return systemReason(ENOENT)
    }
    return oneLine(error.localizedDescription)
}
