#pragma once
#include "barman/cloud/place.h"
#include "barman/cloud/wal_objects.h"
#include "wal_files.h"

namespace barman::archive {

// wals_directory as a URL: one object a file, in the layout of barman-cloud-wal-archive (docs/reference/cloud.md,
// section 2). Of one file there may be several, with the extensions of several compressions.
std::unique_ptr<WalFiles> files_in_store(const config::ServerConfig& config, WalArchive::OpenPlace open);

// How new files get there: an object that is not there yet is put under its key, which the store shows when it is
// complete.
std::unique_ptr<WalIntake> intake_of_store(const config::ServerConfig& config, const cloud::Place& place,
                                           const codec::Stage& settings);

// "s3://BUCKET/KEY"
std::string address(const cloud::Place& place, const std::string& key);

// The word of the index for what has this extension: the configured one where it writes the same format.
std::optional<std::string> compression_of(std::string_view extension, const config::ServerConfig& config);
// The extension of what the index calls so.
std::string extension_of(std::string_view compression);

// Writes an object into a new file, as it is.
void download_to(const cloud::Place& place, const std::string& key, const std::string& path);

}  // namespace barman::archive
