#include "record/json_writer.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

TEST(JsonWriter, WritesMembersInTheOrderInWhichItIsTold) {
    JsonWriter json;
    json.open_object().key("b").value("x").key("a").value(3).key("t").value(true);
    json.key("list").values({"p", "q"}).key("none").null();
    json.key("empty").open_array().close_array().close_object();
    EXPECT_EQ(json.text(), R"({"b":"x","a":3,"t":true,"list":["p","q"],"none":null,"empty":[]})");
}

TEST(JsonWriter, IndentsWhereAsked) {
    JsonWriter json{2};
    json.open_object().key("a").open_array().value(1).value(2).close_array();
    json.key("o").open_object().close_object().close_object();
    EXPECT_EQ(json.text(), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"o\": {}\n}");
}

TEST(JsonWriter, EscapesWhatWouldEndAStringOrALine) {
    std::string out;
    append_json_string(out, std::string_view{"\"\\\n\x00\x1b\x7f", 6});
    EXPECT_EQ(out, R"("\"\\\u000a\u0000\u001b\u007f")");
}

TEST(JsonWriter, ReplacesBytesThatAreNotUtf8) {
    std::string out;
    append_json_string(out, "a\xff\xc3(\xed\xa0\x80z\xc3\xbc");
    EXPECT_EQ(out, "\"a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFDz\u00fc\"");
}

TEST(JsonWriter, TakesInTheMembersOfAnObject) {
    JsonWriter json;
    json.open_object().key("a").value(1).members(R"({"b":2,"c":3})").key("d").value(4);
    EXPECT_EQ(json.close_object().take(), R"({"a":1,"b":2,"c":3,"d":4})");
}

TEST(JsonWriter, EscapesWhatMovesACursorOrTurnsText) {
    std::string out;
    append_json_string(out, "\u0080\u009f\u00a1\u202a\u202e\u2066\u2069\u2028\U000e0020\u00fc");
    EXPECT_EQ(out,
              "\"\\u0080\\u009f\u00a1\\u202a\\u202e\\u2066\\u2069\\u2028\\udb40\\udc20\u00fc\"");
}

TEST(JsonWriter, BeginsAnewAfterTake) {
    JsonWriter json;
    json.open_object().key("a").value(1).close_object();
    EXPECT_EQ(json.take(), R"({"a":1})");
    json.open_array().value(0.5).close_array();
    EXPECT_EQ(json.take(), "[0.5]");
}

}  // namespace
}  // namespace relaypermit
