#pragma once
#include "wal_files.h"

namespace barman::archive {

// wals_directory on this machine: {hash}/{name}, and history files directly in it.
std::unique_ptr<WalFiles> files_in_directory(const config::ServerConfig& config);  // which must outlive it

// How new files get there: a link, or a prepared file without a name, becomes the file. Whoever looks finds a file
// complete or not at all.
std::unique_ptr<WalIntake> intake_of_directory(const config::ServerConfig& config, const codec::Stage& settings);

std::string path_in_archive(const config::ServerConfig& config, std::string_view name);

}  // namespace barman::archive
