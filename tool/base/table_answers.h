// The alias tables of a policy, asked as the daemon asks them: so that explain, test, who and
// replay say what would happen, and not what would happen without the tables. One thread.
#pragma once

#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/load.h"
#include "policy/facts.h"
#include "policy/question.h"
#include "tables/table_lookups.h"

namespace relaypermit {

class TableAnswers {
  public:
    // Opens the tables of `loaded` (which must outlive this) at the first question. Entries of a
    // table that are no sender patterns are said on `complaints`.
    TableAnswers(const Loaded& loaded, std::ostream& complaints)
        : loaded_(loaded), complaints_(complaints) {}
    // With `in_place` for those of the same ids, which must outlive this too.
    TableAnswers(const Loaded& loaded, std::ostream& complaints,
                 const std::vector<CaseTable>& in_place)
        : loaded_(loaded), complaints_(complaints), in_place_(&in_place) {}

    // What every alias table says of the login that is not asked about one address, in the order of
    // the file, and every domain table for hosted domains of its realm. Each question is asked
    // once. Waits at most the sum of the tables' timeouts; a table that failed has an answer that
    // is not known and says why.
    [[nodiscard]] std::vector<TableAnswer> of(const Login& login);
    // What every table by sender says of the address, whoever it is that logs in, and every domain
    // table for hosted domains of its domain.
    [[nodiscard]] std::vector<TableAnswer> about(const Address& address);
    // As an Ask (decide.h): adds the answers to the facts, about their login; nothing where they
    // have none.
    void operator()(const std::vector<Question>& questions, Facts& facts);

  private:
    void open();
    [[nodiscard]] const CaseTable* in_place_of(const std::string& id) const;
    [[nodiscard]] const TableAnswer& answer(const Question& question, const Login& login);
    void add_hosted(const std::string& domain, std::vector<TableAnswer>& answers);

    const Loaded& loaded_;
    std::ostream& complaints_;
    const std::vector<CaseTable>* in_place_{};
    std::unique_ptr<TableLookups> lookups_{};
    std::map<std::string, std::string> not_opened_{};            // id of the table, why
    std::map<std::string, std::vector<TableAnswer>> answers_{};  // of each login
};

}  // namespace relaypermit
