// What a sender is without the part of it that differs from message to message: the tag of a
// subaddress, and what list managers (VERP), forwarders (SRS) and bounce protection (BATV) write
// into addresses. Who counts senders counts what is left: sixty bounce addresses of one list are
// one. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relaypermit {

struct FoldedSender {
    enum class Kind : std::uint8_t { plain, subaddress, srs, batv, verp };
    // As a sender pattern of a policy that covers every address that folds to it, in lower case;
    // of a plain address that address.
    std::string pattern{};
    Kind kind{};
    // Whose address it is, as far as the fold tells: of BATV and of a subaddress the one within.
    std::string base{};

    // Whether the same sender never comes twice: an exact address is of no use in a policy.
    [[nodiscard]] bool is_once_only() const {
        return kind == Kind::srs || kind == Kind::batv || kind == Kind::verp;
    }
    // "lists@example.com with any subaddress"; empty of a plain address.
    [[nodiscard]] std::string in_words() const;
};

// `delimiters` as without_subaddress() takes them. Of what is no address: itself.
//
// SRS: SRS0=hash=stamp=domain=local and SRS1=... with =, + or - behind the digit (libsrs2).
// BATV: prvs=tag=local (draft-levine-smtp-batv), btv1==tag==local (Barracuda). VERP: whatever
// holds a digit or `=` behind a word such as bounces (ezmlm, Mailman, most mailing services), and
// list-user=domain.
[[nodiscard]] FoldedSender folded_sender(std::string_view address, std::string_view delimiters);

}  // namespace relaypermit
