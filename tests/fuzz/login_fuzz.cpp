// Logins: what is canonical stays as it is.
#include "policy/login.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "policy/address.h"
#include "policy/utf8.h"
#include "tests/fuzz/require.h"

using namespace relaypermit;

// The first byte chooses the MTA, whether there is a default realm, and whether there are forms.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Mta mta = (data[0] & 1U) != 0 ? Mta::sendmail : Mta::postfix;
    const std::string realm = (data[0] & 2U) != 0 ? "example.com" : "";
    const std::string_view raw(reinterpret_cast<const char*>(data + 1), size - 1);

    static const std::vector<LoginForm> forms = [] {
        std::vector<LoginForm> made;
        for (const char* text : {"EXAMPLE\\{user}", "{user}%{domain}", "{user}*{any}",
                                 "{user}@{domain}#{any}", "{user}@CORP"})
            made.push_back(LoginForm::parse(text).value());
        return made;
    }();
    const std::span<const LoginForm> used =
        (data[0] & 4U) != 0 ? std::span<const LoginForm>(forms) : std::span<const LoginForm>();
    const auto login = canonical_login(raw, mta, realm, used);
    if (!login) {
        require(!login.error().why.empty(), "a fault says why");
        return 0;
    }
    require(!login->user.empty(), "a login has a user part");
    require(realm.empty() || !login->realm.empty(), "with a default realm every login has a realm");
    require(text_fault(to_string(*login)).empty(), "a login is clean text");
    require(to_string(*login).find('?') == std::string::npos, "a login stands for itself");
    require(ascii_lower(login->realm) == login->realm, "a realm is in lower case");
    require(login_key(*login) == ascii_lower(to_string(*login)),
            "the key is the text in lower case");

    const auto again = canonical_login(to_string(*login), Mta::postfix, realm, used);
    require(again.has_value() && *again == *login, "a canonical login stays as it is");
    return 0;
}
