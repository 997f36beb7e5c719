#include "inspect/maillog.h"

#include <sys/stat.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

#include "inspect/text.h"

namespace relaypermit {
namespace {

// Cuts a stream of bytes into lines; one that is too long is dropped whole.
class LineCutter {
  public:
    // Calls `visit` for each whole line; false as soon as it does.
    template <typename Visit>
    bool feed(std::string_view bytes, Visit visit) {
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            const std::string_view part = bytes.substr(0, end);
            too_long_ = too_long_ || held_.size() + part.size() > max_log_line_bytes;
            if (too_long_) {
                held_.clear();
            } else {
                held_ += part;
            }
            if (end == std::string_view::npos) {
                return true;
            }
            bytes.remove_prefix(end + 1);
            if (!finish(visit)) {
                return false;
            }
        }
        return true;
    }
    template <typename Visit>
    bool finish(Visit visit) {
        const bool whole = !std::exchange(too_long_, false);
        const bool go_on = !whole || held_.empty() || visit(std::string_view{held_});
        held_.clear();
        return go_on;
    }

  private:
    std::string held_{};
    bool too_long_{};
};

struct CloseGzip {
    void operator()(gzFile_s* file) const { gzclose_r(file); }
};

bool needs_a_login(Cause cause) {
    return cause == Cause::login_required || cause == Cause::use_submission ||
           cause == Cause::hosted_sender_needs_login;
}

}  // namespace

std::optional<Decision> MaillogJoiner::take(const SyslogLine& line) {
    if (line.program != "relaypermitd") {
        if (auto failure = login_failure(line)) {
            if (failures_.size() >= max_remembered) {
                failures_.clear();
            }
            failures_[failure->client] = std::move(*failure);
        }
        return std::nullopt;
    }
    auto record = parse_line(line.message);
    if (!record) {
        unreadable_ += line.message.find(": verdict=") != std::string_view::npos ? 1U : 0U;
        return std::nullopt;
    }
    Decision decision;
    decision.stored = {.id = ++number_,
                       .time = line.time,
                       .last = line.time,
                       .count = 1,
                       .varied = false,
                       .record = std::move(*record)};
    if (decision.record().cause && needs_a_login(*decision.record().cause)) {
        const auto failure = failures_.find(decision.record().client);
        if (failure != failures_.end() && line.time >= failure->second.time &&
            line.time - failure->second.time <= same_session) {
            decision.login_trouble = failure->second.trouble;
            decision.tried_login = failure->second.user;
        }
    }
    return decision;
}

tl::expected<bool, std::string> read_maillog(const std::string& path, std::istream& in,
                                             TimePoint now, MaillogJoiner& joiner,
                                             const std::function<bool(Decision&&)>& visit) {
    TimePoint written = now;
    std::unique_ptr<gzFile_s, CloseGzip> file;
    if (path != "-") {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) {
            return tl::unexpected("`" + visible(path) + "`: " + std::strerror(errno));
        }
        if (S_ISDIR(status.st_mode)) {
            return tl::unexpected("`" + visible(path) + "` is a directory");
        }
        if (S_ISREG(status.st_mode)) {
            written = TimePoint{std::chrono::seconds{status.st_mtime}};
        }
        // Reads what is not compressed as it is.
        file.reset(gzopen(path.c_str(), "rbe"));
        if (!file) {
            return tl::unexpected("`" + visible(path) + "`: " + std::strerror(errno));
        }
        gzbuffer(file.get(), 1U << 17U);
    }
    SyslogReader reader{written};
    LineCutter cutter;
    const auto take = [&](std::string_view text) {
        const auto line = reader.read(text);
        if (!line) {
            return true;
        }
        auto decision = joiner.take(*line);
        return !decision || visit(std::move(*decision));
    };
    if (!file) {
        // A line at a time: `tail -F log | relaypermit log --maillog -` shows each at once.
        std::string line;
        while (std::getline(in, line)) {
            if (!cutter.feed(line, take) || !cutter.finish(take)) {
                return false;
            }
        }
        return true;
    }
    std::array<char, 1U << 16U> buffer{};
    for (;;) {
        const int got = gzread(file.get(), buffer.data(), buffer.size());
        int code = Z_OK;
        const std::string why = gzerror(file.get(), &code);
        if (got > 0 && !cutter.feed({buffer.data(), static_cast<std::size_t>(got)}, take)) {
            return false;
        }
        // Z_BUF_ERROR: the file ends in the middle of its compression.
        if (got < 0 || code == Z_BUF_ERROR) {
            return tl::unexpected("`" + visible(path) +
                                  "`: " + (code == Z_ERRNO ? std::strerror(errno) : why));
        }
        if (got == 0) {
            break;
        }
    }
    return cutter.finish(take);
}

}  // namespace relaypermit
