#include "verbose_error.h"

#include <gtest/gtest.h>

namespace barman::postgres {
namespace {

struct Case {
  const char* message;
  const char* text;
  const char* sqlstate;
  const char* routine;
};

class VerboseErrors : public testing::TestWithParam<Case> {};

TEST_P(VerboseErrors, AreReadInAnyLanguage) {
  const VerboseError error = read_verbose(GetParam().message);
  EXPECT_EQ(error.text, GetParam().text);
  EXPECT_EQ(error.sqlstate, GetParam().sqlstate);
  EXPECT_EQ(error.routine, GetParam().routine);
}

INSTANTIATE_TEST_SUITE_P(
    Table, VerboseErrors,
    testing::Values(
        Case{"connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  28000: no pg_hba.conf entry for host\n"
             "LOCATION:  ClientAuthentication, auth.c:543\n",
             "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  no pg_hba.conf entry for host", "28000",
             "ClientAuthentication"},
        Case{"connection to server at \"::1\", port 5432 failed: FATAL:  28P01: Passwort-Authentifizierung f\u00fcr "
             "Benutzer \u00bbb\u00ab fehlgeschlagen\nDETAIL:  Rolle\nLOCATION:  auth_failed, auth.c:326\n"
             "connection to server at \"127.0.0.1\", port 5432 failed: Connection refused\n\tIs the server running?\n",
             "connection to server at \"::1\", port 5432 failed: FATAL:  Passwort-Authentifizierung f\u00fcr Benutzer "
             "\u00bbb\u00ab fehlgeschlagen\nDETAIL:  Rolle\nconnection to server at \"127.0.0.1\", port 5432 failed: "
             "Connection refused\n\tIs the server running?",
             "28P01", "auth_failed"},
        Case{"\u81f4\u547d\u7684\u30a8\u30e9\u30fc:  3D000: x", "\u81f4\u547d\u7684\u30a8\u30e9\u30fc:  x", "3D000",
             ""},
        Case{"FATAL:  the code 28000: is quoted", "FATAL:  the code 28000: is quoted", "", ""}, Case{"", "", "", ""}));

}  // namespace
}  // namespace barman::postgres
