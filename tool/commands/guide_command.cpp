// relaypermit guide: what the address at the end of a reply leads to.
#include <filesystem>
#include <ostream>

#include "record/json_writer.h"
#include "tool/base/policy_loading.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"
#include "tool/commands/guide_check.h"
#include "tool/guide/site_folder.h"

namespace relaypermit {
namespace {

class GuideCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "guide"; }
    [[nodiscard]] std::string_view summary() const override {
        return "help pages for those who were refused, for any web server";
    }
    void declare(Options& options) override {
        options.value("--out", out_, "DIR", "the folder to write, which is replaced whole");
        options.flag("--force", force_, "replace a guide although there are files of others in it");
        options.value("--check", check_.folder, "DIR",
                      "say where a guide contradicts the policy; nothing is written");
        options.flag("--live", check_.live,
                     "with --check: ask the DNS and the servers that it names, too");
        options.value("--ca", check_.ca_file, "FILE",
                      "with --live: the certificates to trust, in place of the system's");
        options.repeated("--connect-to", check_.connect_to, "HOST:PORT:ADDRESS:PORT",
                         "with --live: where a server is, in place of what the DNS says");
        options.example("relaypermit guide --out /var/www/mail-help");
        options.example("relaypermit guide --check /var/www/mail-help --live");
        options.epilogue(
            "Writes a page of the causes that this policy can refuse for, to which help_url in "
            "[server] leads, and a page for each mail program, with the values of the policy and "
            "of [guide] filled in. The pages need no script and ask no other server for anything; "
            "the same policy gives the same bytes. With --json: the folder as `out`, its files as "
            "`files`, the remarks as `notes`.\n"
            "--check says of a guide that was written before which of its names, ports, domains "
            "and causes are not those of the policy now, and which pages this version would write "
            "otherwise. --live asks whether the names resolve, each port answers and is secured as "
            "promised, the certificate is good for the name, and a login is offered.\n"
            "Exit code 0; 1 where --check finds something; 2 where the policy has an error or DIR "
            "cannot be replaced.");
    }
    [[nodiscard]] Exit run(const Context& context) override {
        if (!check_.folder.empty() && !out_.empty())
            return complain(context, "--check looks at a guide and --out writes one: choose one");
        if (!check_.folder.empty()) return check_guide(context, check_);
        if (check_.live || !check_.ca_file.empty() || !check_.connect_to.empty())
            return complain(context, "--live, --ca and --connect-to are of --check DIR");
        if (out_.empty()) return complain(context, "guide needs --out DIR");
        const auto loaded = load_or_complain(context, context.config);
        if (!loaded) return Exit::failed;
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
        const auto site = guide_site(*loaded, *data);
        if (!site) return complain(context, site.error());
        if (const auto written = replace_folder(out_, *site); !written)
            return complain(context, out_ + " cannot be written: " + written.error());
        say(context, *loaded, *site);
        return Exit::fine;
    }

  private:
    [[nodiscard]] std::string would_go(std::vector<std::string> others) const {
        constexpr std::size_t most = 5;
        const std::size_t more = others.size() > most ? others.size() - most : 0;
        others.resize(others.size() - more);
        for (std::string& name : others) name = visible(name);
        return out_ + " holds what is not of the guide and would go with it: " + joined(others) +
               (more > 0 ? " and " + std::to_string(more) + " more" : "") +
               " (move it elsewhere, or let it go with --force)";
    }

    void say(const Context& context, const Loaded& loaded, const SiteFiles& site) const {
        std::vector<std::string> notes;
        if (loaded.policy->source().help_url.empty())
            notes.emplace_back("replies do not lead there: [server] has no help_url");
        if (loaded.settings.guide.incoming.empty())
            notes.emplace_back(
                "the pages say nothing of adding an account: [guide] has no incoming server");
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
                    << (std::filesystem::path(out_) / "index.html").string() << "\n";
        for (const std::string& note : notes) context.out << "note: " << note << "\n";
    }

    std::string out_{};
    bool force_{};
    GuideCheck check_{};
};

}  // namespace

std::unique_ptr<Command> make_guide_command() {
    return std::make_unique<GuideCommand>();
}

}  // namespace relaypermit
