#include "barman/web/routes.h"

#include <gtest/gtest.h>

#include "barman/core/error.h"

namespace barman::web {
namespace {

Request request_of(const std::string& method, const std::string& target) {
  Request request;
  request.method = method;
  EXPECT_FALSE(parse_target(target, request));
  return request;
}

class RoutesTest : public testing::Test {
 protected:
  RoutesTest() {
    routes.add("GET", "/", [](const Request&) { return plain(200, "root"); });
    routes.add("GET", "/servers/{server}/backups/{id}", [](const Request& request) {
      return plain(200, request.parameters.at("server") + "+" + request.parameters.at("id"));
    });
    routes.add("POST", "/servers/{server}/backups/{id}", [](const Request&) { return plain(202, "posted"); });
    routes.add("GET", "/fails", [](const Request&) -> Response { throw Error(Errc::io, "the disk is gone"); });
    routes.add("GET", "/breaks", [](const Request&) -> Response { throw std::out_of_range("secret"); });
  }
  Response ask(const std::string& method, const std::string& target) {
    return routes.answer(request_of(method, target));
  }
  Routes routes;
};

TEST_F(RoutesTest, GiveTheHandlerWhatThePatternNames) {
  EXPECT_EQ(ask("GET", "/").body, "200 OK\nroot\n");
  EXPECT_EQ(ask("GET", "/servers/a%2Fb/backups/latest?x=1").body, "200 OK\na/b+latest\n");
  EXPECT_EQ(ask("HEAD", "/servers/m/backups/1").status, 200);
  EXPECT_EQ(ask("POST", "/servers/m/backups/1").status, 202);
}

TEST_F(RoutesTest, TellAnUnknownPathFromAnotherMethod) {
  for (const char* path : {"/nothing", "/servers/m/backups", "/servers/m/backups/1/", "//"})
    EXPECT_EQ(ask("GET", path).status, 404) << path;
  const Response response = ask("DELETE", "/servers/m/backups/1");
  EXPECT_EQ(response.status, 405);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].value, "GET, POST");
}

TEST_F(RoutesTest, SayAnErrorAndHideAFault) {
  EXPECT_EQ(ask("GET", "/fails").body, "500 Internal Server Error\nthe disk is gone\n");
  const Response response = ask("GET", "/breaks");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST_F(RoutesTest, PutAFailureAsTheyAreTold) {
  const Routes other([](int status, std::string_view text) {
    Response response;
    response.status = status;
    response.body = "{" + std::string(text) + "}";
    return response;
  });
  const Response response = other.answer(request_of("GET", "/"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "{there is nothing here}");
}

}  // namespace
}  // namespace barman::web
