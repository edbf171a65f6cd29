#pragma once
#include <string>
#include <string_view>

#include "barman/report/setup.h"
#include "barman/setup/facts.h"

namespace barman::setup {

// Why a connection failed: of PostgreSQL its codes count, since its words may be in any language.
enum class Refusal {
  no_answer,
  no_hba_entry,
  no_password,     // PostgreSQL wants one, and none is known
  wrong_password,  // or there is no such role, which PostgreSQL does not say
  no_role,         // or it may not log in
  no_database,
  no_right,  // of the role: to the database, or to replicate
  other
};
Refusal refusal_of(const Attempt& attempt);
// The address that PostgreSQL has no entry for, as pg_hba.conf wants it: "192.0.2.1/32"; "" where it is not said.
std::string refused_address(std::string_view error);

// Throws Error(usage) for a name that is no good as a section of the configuration and a directory.
void require_server_name(std::string_view name);

// The file of the server: one section. Throws Error(usage) for a value that no line of it can hold.
std::string configuration_text(const Request& request, const Facts& facts);

// Findings, and what is to be done: a pure function. File and outcome are for whoever writes it to fill in.
report::Setup judge(const Request& request, const Facts& facts);

}  // namespace barman::setup
