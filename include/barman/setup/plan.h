#pragma once
#include <string>
#include <string_view>

#include "barman/report/setup.h"
#include "barman/setup/facts.h"

namespace barman::setup {

// Why a connection was refused, as PostgreSQL and libpq say it in English; other words are `other`.
enum class Refusal {
  no_answer,
  no_hba_entry,
  no_password,
  wrong_password,
  no_role,
  no_database,
  no_replication,
  other
};
Refusal refusal_of(std::string_view error);
// The address that PostgreSQL has no entry for, as pg_hba.conf wants it: "192.0.2.1/32"; "" where it is not said.
std::string refused_address(std::string_view error);

// Throws Error(usage) for a name that is no good as a section of the configuration and a directory.
void require_server_name(std::string_view name);

// The file of the server: one section. Throws Error(usage) for a value that no line of it can hold.
std::string configuration_text(const Request& request, const Facts& facts);

// Findings, and what is to be done: a pure function. File and outcome are for whoever writes it to fill in.
report::Setup judge(const Request& request, const Facts& facts);

}  // namespace barman::setup
