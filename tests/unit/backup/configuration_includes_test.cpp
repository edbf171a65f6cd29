#include "configuration_includes.h"

#include <gmock/gmock.h>

#include "barman/core/text.h"

namespace barman::backup {
namespace {

struct Case {
  ConfigurationKind kind;
  const char* text;
  const char* files;        // separated by blanks
  const char* directories;  // the same
};

TEST(ConfigurationIncludes, AreThoseThatPostgresReads) {
  constexpr auto settings = ConfigurationKind::settings, authentication = ConfigurationKind::authentication;
  const Case cases[] = {
      {settings, "", "", ""},
      {settings, "include 'a.conf'\ninclude = '/x/b.conf'\n INCLUDE_IF_EXISTS 'c d'",
       "/etc/pg/a.conf /x/b.conf /etc/pg/c d", ""},
      {settings, "include_dir 'conf.d' # a word\n#include 'no.conf'\ninclude_dir='/y'", "", "/etc/pg/conf.d /y"},
      {settings, "x = 'include a'\nsearch_path = '@a'\ninclude\ninclude ''\ninclude_dir", "", ""},
      {settings, "include 'it''s.conf'\ninclude unquoted.conf\r\n", "/etc/pg/it's.conf /etc/pg/unquoted.conf", ""},
      {settings, "include 'without an end", "/etc/pg/without an end", ""},
      {authentication, "include more.conf\ninclude_dir \"hba d\"\n", "/etc/pg/more.conf", "/etc/pg/hba d"},
      {authentication, "local @databases,postgres +all,@/x/users trust\nhost \"@db\" all ::1/0 md5 # @no",
       "/etc/pg/databases /x/users", ""},
      {authentication, "\"include\" x all trust\nlocal all @ trust\n# include x", "", ""},
  };
  for (const Case& each : cases) {
    const ConfigurationIncludes includes = includes_of(each.text, "/etc/pg/main.conf", each.kind);
    EXPECT_EQ(join(includes.files, " "), each.files) << each.text;
    EXPECT_EQ(join(includes.directories, " "), each.directories) << each.text;
  }
}

}  // namespace
}  // namespace barman::backup
