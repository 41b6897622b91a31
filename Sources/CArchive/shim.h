// libarchive as Swift sees it: the two headers, and the file types that are macros with casts.
#pragma once
#include <archive.h>
#include <archive_entry.h>

static inline int stn_archive_entry_is_regular(struct archive_entry *entry) {
    return archive_entry_filetype(entry) == AE_IFREG;
}

static inline int stn_archive_entry_is_directory(struct archive_entry *entry) {
    return archive_entry_filetype(entry) == AE_IFDIR;
}
