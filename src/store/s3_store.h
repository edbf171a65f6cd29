#pragma once
#include <memory>

#include "aws_keys.h"
#include "barman/http/transport.h"
#include "barman/store/object_store.h"
#include "retry.h"
#include "s3_address.h"
#include "s3_encryption.h"

namespace barman::store {

// A bucket of AWS, or of who speaks S3: Ceph, MinIO, …
std::unique_ptr<ObjectStore> open_s3(std::shared_ptr<http::Transport> transport, std::shared_ptr<KeyRing> ring,
                                     const S3Place& place, const S3Encryption& encryption, Retry retry = Retry(),
                                     std::function<Timestamp()> clock = now);

}  // namespace barman::store
