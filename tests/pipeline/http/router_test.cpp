#include "pipeline/http/router.hpp"

#include "pipeline/testing/fixture.hpp"

namespace weir::http {
namespace {

class RouterTest : public weir::testing::VirtualTimeTest {
 protected:
  Response ask(std::string method, std::string path) {
    Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    return run(router.handle(std::move(request)));
  }
  static Handler says(const std::string& text) {
    return at_once([text](const Request& request) { return Response::text(200, text + " " + request.method); });
  }

  Router router;
};

TEST_F(RouterTest, ByMethodAndPath) {
  router.add("GET", "/a", says("read a"));
  router.add("PUT", "/a", says("write a"));
  router.add("POST", "/b", says("b"));
  EXPECT_EQ(ask("GET", "/a").body, "read a GET");
  EXPECT_EQ(ask("HEAD", "/a").body, "read a HEAD");
  EXPECT_EQ(ask("PUT", "/a").body, "write a PUT");
  EXPECT_EQ(ask("POST", "/b").body, "b POST");
}

TEST_F(RouterTest, WhatIsNotThereIsToldApartFromWhatIsNotAllowed) {
  router.add("GET", "/a", says("a"));
  router.add("PUT", "/a", says("a"));
  router.add("POST", "/b", says("b"));
  router.set_not_found("nothing here\n");
  EXPECT_EQ(ask("GET", "/").status, 404);
  EXPECT_EQ(ask("GET", "/a/").body, "nothing here\n");
  const Response three = ask("DELETE", "/a");
  EXPECT_EQ(three.status, 405);
  EXPECT_EQ(three.headers.find("Allow"), "GET, HEAD, PUT");
  EXPECT_EQ(three.body, "Only GET, HEAD and PUT are allowed here.\n");
  const Response one = ask("HEAD", "/b");
  EXPECT_EQ(one.status, 405);
  EXPECT_EQ(one.headers.find("Allow"), "POST");
  EXPECT_EQ(one.body, "Only POST is allowed here.\n");
}

TEST_F(RouterTest, AFolderAnswersWhatIsBelowItAndHasNoHandler) {
  router.add_folder("/a/", says("below"));
  router.add("GET", "/a/b", says("b"));
  EXPECT_EQ(ask("PUT", "/a/c/d").body, "below PUT");
  EXPECT_EQ(ask("GET", "/a/b").body, "b GET");
  EXPECT_EQ(ask("PUT", "/a/b").status, 405);
  EXPECT_EQ(ask("GET", "/a/").status, 404);
  EXPECT_EQ(ask("GET", "/a").status, 404);
}

}  // namespace
}  // namespace weir::http
