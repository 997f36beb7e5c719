// relaypermit guide: what the address at the end of a reply leads to, and what mail programs set
// themselves up by.
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "record/json_writer.h"
#include "tool/base/file_text.h"
#include "tool/base/policy_loading.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/commands/guide_check.h"
#include "tool/guide/apple_profile.h"
#include "tool/guide/autodiscover.h"
#include "tool/guide/client_setup.h"
#include "tool/guide/profile_signature.h"
#include "tool/guide/site_folder.h"
#include "tool/guide/values.h"

namespace relaypermit {

namespace fs = std::filesystem;

namespace {

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

class GuideCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "guide"; }
    [[nodiscard]] std::string_view summary() const override {
        return "help pages, and files by which mail programs set themselves up, for any web server";
    }
    void declare(Options& options) override {
        options.value("--out", out_, "DIR",
                      "the folder to write, which is replaced whole; default: folder in [guide]");
        options.flag("--force", force_, "replace a guide although there are files of others in it");
        options.values("--sign", sign_, "CERT KEY",
                       "sign the profiles for Apple's devices with this certificate (PEM, with "
                       "those above it) and this key");
        options.flag("--autodiscover", autodiscover_,
                     "answer one request of Outlook's, as a web server's CGI program");
        options.argument(check_.folder, "DIR",
                         "with --check: the guide to look at; default: folder in [guide]");
        options.flag("--check", checks_,
                     "say where a guide contradicts the policy; nothing is written");
        options.flag("--live", check_.live,
                     "with --check: ask the DNS and the servers that it names, too");
        options.value("--ca", check_.ca_file, "FILE",
                      "with --live: the certificates to trust, in place of the system's");
        options.repeated("--connect-to", check_.connect_to, "HOST:PORT:ADDRESS:PORT",
                         "with --live: where a server is, in place of what the DNS says");
        options.value("--resolver", check_.resolver, "ADDRESS[:PORT]",
                      "with --live: the name server to ask for SRV records, in place of the "
                      "system's");
        options.example("relaypermit guide --out /var/www/mail-help");
        options.example("relaypermit guide --check /var/www/mail-help --live");
        options.epilogue(
            "Writes a page of the causes that this policy can refuse for, to which help_url in "
            "[server] leads, and a page for each mail program, with the values of the policy and "
            "of [guide] filled in. The pages need no script and ask no other server for anything; "
            "the same policy gives the same bytes. With --json: the folder as `out`, its files as "
            "`files`, the remarks as `notes`.\n"
            "--check says of a guide that was written before which of its names, ports, domains "
            "and causes are not those of the policy now, and which pages and files of set-up this "
            "version would write otherwise. --live asks whether the names resolve, each port "
            "answers and is secured as promised, the certificate is good for the name, and a login "
            "is offered; whether the page that replies lead to is there with its anchors; and "
            "whether autoconfig, Autodiscover, profiles and SRV records say what the policy "
            "says.\n"
            "Exit code 0; 1 where --check finds something; 2 where the policy has an error or DIR "
            "cannot be replaced.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        if (autodiscover_) return answer(context);
        if (checks_ && !out_.empty())
            return complain(context, "--check looks at a guide and --out writes one: choose one");
        if (checks_) return check_guide(context, check_);
        if (check_.live || !check_.ca_file.empty() || !check_.connect_to.empty() ||
            !check_.resolver.empty() || !check_.folder.empty())
            return complain(context,
                            "DIR, --live, --ca, --connect-to and --resolver are of --check");
        if (!sign_.empty() && sign_.size() != 2)
            return complain(context, "--sign takes a certificate and a key: --sign CERT KEY");
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return Exit::failed;
        if (out_.empty()) out_ = loaded->settings.guide.folder;
        if (out_.empty()) return complain(context, "guide needs --out DIR, or a folder in [guide]");
        const auto owner = owner_of(out_);
        if (!owner) return complain(context, out_ + " " + owner.error());
        if (*owner == FolderOwner::another)
            return complain(context, out_ +
                                         " holds files and is no guide of ours: name a folder that "
                                         "is empty or not there yet");
        if (*owner == FolderOwner::ours && !force_) {
            const auto others = others_in(out_);
            if (!others) return complain(context, out_ + " cannot be read: " + others.error());
            if (!others->empty()) return complain(context, would_go(*others));
        }
        const auto data = built_in_guide();
        if (!data) return complain(context, "the pages built in are not sound: " + data.error());
        auto site = guide_site(*loaded, *data);
        if (!site) return complain(context, site.error());
        auto setup = client_setup(*loaded, setup_places(out_));
        if (!setup) return complain(context, setup.error());
        if (!sign_.empty())
            if (const auto done = sign(setup->files); !done) return complain(context, done.error());
        add_files(*site, setup->files);
        std::vector<std::string> gone = setup_files_that_go(out_, *site);
        const auto left = replace_folder(out_, *site);
        if (!left) return complain(context, out_ + " cannot be written: " + left.error());
        for (const std::string& remnant : *left)
            setup->notes.push_back("cannot be removed: " + visible(remnant));
        for (std::string& name : gone) name = visible(name);
        if (!gone.empty())
            setup->notes.push_back("the guide no longer has " + joined(gone) +
                                   ": take them out of the web server's files before it reads "
                                   "them anew");
        say(context, *loaded, *site, std::move(setup->notes));
        return Exit::fine;
    }

  private:
    // For a web server: whatever the policy is, there is an answer.
    [[nodiscard]] static Exit answer(const Context& context) {
        const CgiRequest request{environment("REQUEST_METHOD"), environment("CONTENT_LENGTH")};
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) {
            context.out << autodiscover_fault(request, context.in);
            return Exit::failed;
        }
        context.out << answer_autodiscover(*loaded, request, context.in, context.now);
        return Exit::fine;
    }

    [[nodiscard]] tl::expected<void, std::string> sign(SiteFiles& files) const {
        const auto certificate = file_text(sign_[0]);
        if (!certificate) return tl::unexpected(sign_[0] + " cannot be read");
        const auto key = file_text(sign_[1]);
        if (!key) return tl::unexpected(sign_[1] + " cannot be read");
        for (auto& [name, text] : files) {
            if (!name.ends_with(apple_profile_ending)) continue;
            auto with_signature = signed_profile(text, *certificate, *key);
            if (!with_signature)
                return tl::unexpected("nothing can be signed with " + sign_[0] + " and " +
                                      sign_[1] + ": " + with_signature.error());
            text = *std::move(with_signature);
        }
        return {};
    }

    [[nodiscard]] std::string would_go(std::vector<std::string> others) const {
        constexpr std::size_t most = 5;
        const std::size_t more = others.size() > most ? others.size() - most : 0;
        others.resize(others.size() - more);
        for (std::string& name : others) name = visible(name);
        return out_ + " holds what is not of the guide and would go with it: " + joined(others) +
               (more > 0 ? " and " + std::to_string(more) + " more" : "") +
               " (move it elsewhere, or let it go with --force)";
    }

    void say(const Context& context, const Loaded& loaded, const SiteFiles& site,
             std::vector<std::string> notes) const {
        if (loaded.policy->source().help_url.empty())
            notes.insert(notes.begin(), "replies do not lead there: [server] has no help_url");
        if (outgoing_services(loaded).empty())
            notes.emplace_back(
                "the pages name no port for sending: [submission] has none but 25, and [guide] has "
                "no `outgoing`");
        if (context.json) {
            JsonWriter json;
            json.open_object().key("out").value(out_).key("files").open_array();
            for (const auto& [name, text] : site) json.value(name);
            json.close_array().key("notes").open_array();
            for (const std::string& note : notes) json.value(note);
            json.close_array().close_object();
            context.out << json.take() << "\n";
            return;
        }
        context.out << "wrote " << site.size() << " files; begin with "
                    << (fs::path(out_) / "index.html").string() << "\n";
        for (const std::string& note : notes) context.out << "note: " << note << "\n";
    }

    std::string out_{};
    bool force_{};
    std::vector<std::string> sign_{};
    bool autodiscover_{};
    bool checks_{};
    GuideCheck check_{};
};

}  // namespace

std::unique_ptr<Command> make_guide_command() {
    return std::make_unique<GuideCommand>();
}

}  // namespace relaypermit
