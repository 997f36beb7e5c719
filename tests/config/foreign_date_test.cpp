#include "config/foreign_date.h"

#include <gtest/gtest.h>

namespace relaypermit {
namespace {

std::string help_for(std::string_view written) {
    const auto found = foreign_date(written);
    return found ? found->help : "-";
}

TEST(ForeignDate, IsReadAsPeopleWriteIt) {
    EXPECT_EQ(help_for("31.12.2026"), "write 2026-12-31");
    EXPECT_EQ(help_for("1.2.2027"), "write 2027-02-01");  // with dots the day is first everywhere
    EXPECT_EQ(help_for("31.12.26"), "write 2026-12-31");
    EXPECT_EQ(help_for("12/31/2026"), "write 2026-12-31");
    EXPECT_EQ(help_for("31/12/2026"), "write 2026-12-31");
    EXPECT_EQ(help_for("31-12-2026"), "write 2026-12-31");
    EXPECT_EQ(help_for("2026/12/31"), "write 2026-12-31");
    EXPECT_EQ(help_for("2026-31-12"), "write 2026-12-31");
    EXPECT_EQ(help_for("2026-2-8"), "write 2026-02-08");
    EXPECT_EQ(help_for("20261231"), "write 2026-12-31");
    EXPECT_EQ(help_for("31 December 2026"), "write 2026-12-31");
    EXPECT_EQ(help_for("Dec 31, 2026"), "write 2026-12-31");
}

TEST(ForeignDate, SaysBothWhereItCanBeReadInTwoWays) {
    EXPECT_EQ(help_for("02/01/2027"), "write 2027-01-02 or 2027-02-01");
    EXPECT_EQ(help_for("02/02/2027"), "write 2027-02-02");
    EXPECT_EQ(help_for("26-12-31"), "write 2031-12-26 or 2026-12-31");
    EXPECT_EQ(help_for("31-12-26"), "write 2026-12-31 or 2031-12-26");
    EXPECT_EQ(help_for("26/12/31"), "write 2031-12-26 or 2026-12-31");
    EXPECT_EQ(help_for("01-02-27"), "write 2027-02-01 or 2027-01-02");
    EXPECT_EQ(help_for("261231"), "write 2031-12-26 or 2026-12-31");
    EXPECT_EQ(help_for("1.2.27"), "write 2027-02-01");
    EXPECT_EQ(help_for("26.13.31"), "-");
    EXPECT_EQ(help_for("31 Dec 26"), "write 2026-12-31");
    EXPECT_EQ(help_for("12/31/26"), "write 2026-12-31");
    // Three readings: none is guessed.
    EXPECT_EQ(help_for("21-12-11"), "write 2021-12-11");
    EXPECT_EQ(help_for("28-11-27"), "write 2027-11-28 or 2028-11-27");
    EXPECT_EQ(help_for("21-10-22"), "write 2022-10-21 or 2021-10-22");
    EXPECT_EQ(help_for("26-11-10"), "write 2026-11-10");
}

TEST(ForeignDate, KeepsATimeOfDay) {
    EXPECT_EQ(help_for("31.12.2026 18:00"), "write 2026-12-31T18:00:00Z");
    EXPECT_EQ(help_for("2026-12-31 18:00"), "write 2026-12-31T18:00:00Z");
    EXPECT_EQ(help_for("2026-12-31 18:00:30"), "write 2026-12-31T18:00:30Z");
    EXPECT_EQ(help_for("2026-12-31 18:00 +0100"), "write 2026-12-31T18:00:00+01:00");
    EXPECT_EQ(help_for("2027-01-01T18:00"), "write 2027-01-01T18:00:00Z");
    EXPECT_EQ(help_for("2027-01-01T18:00:00"), "write 2027-01-01T18:00:00Z");
    EXPECT_EQ(help_for("2027-01-01T18:00Z"), "write 2027-01-01T18:00:00Z");
    EXPECT_EQ(help_for("2027-01-01T18:00+01:00"), "write 2027-01-01T18:00:00+01:00");
    EXPECT_EQ(help_for("31.12.2026 18:00 -05:30"), "write 2026-12-31T18:00:00-05:30");
}

TEST(ForeignDate, EndsWithItsMonth) {
    EXPECT_EQ(foreign_date("2027-02-29")->why, "`2027-02-29` is no date: that month has 28 days");
    EXPECT_EQ(help_for("2028-02-30"), "write 2028-02-29");
    EXPECT_EQ(help_for("31.6.2027"), "write 2027-06-30");
}

TEST(ForeignDate, IsNoDateOfOursAndNothingElse) {
    for (const std::string_view text :
         {"2026-12-31", "2026-12-31T18:00:00Z", "2026-12-31T18:00:00+01:00", "2026-12-31 18:00:00Z",
          "", "2026", "12", "tomorrow", "1.5", "192.0.2.1", "2026-13-32", "99.99.2026", "0.0.2026",
          "December 2026", "2026-12", "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20"})
        EXPECT_EQ(help_for(text), "-") << text;
}

}  // namespace
}  // namespace relaypermit
