#include "tool/guide/site.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tool/guide/agents.h"
#include "tool/guide/client_setup.h"
#include "tool/guide/data.h"
#include "tool/guide/marker.h"
#include "tool/guide/page_data.h"
#include "tool/guide/page_template.h"
#include "tool/guide/program_file.h"
#include "tool/guide/sort_key.h"

namespace relaypermit {

using nlohmann::json;

namespace {

constexpr std::string_view style_name = "style.css";

class Site {
  public:
    Site(const Loaded& loaded, const GuideData& data)
        : loaded_(loaded), data_(data), languages_(loaded.settings.guide.languages) {
        for (const GuideProgram& program : data.programs)
            if (ids_.empty() || ids_.back() != program.id) ids_.push_back(program.id);
    }

    tl::expected<SiteFiles, std::string> write() {
        for (const std::string& language : languages_) {
            const auto texts = data_.texts.find(language);
            if (texts == data_.texts.end())
                return tl::unexpected("the pages are not written in `" + language + "`");
            add_index(texts->second);
            for (const std::string& id : ids_) add_program(id, texts->second);
        }
        for (const GuideFile& file : guide_files())
            if (file.name == "pages/style.css") files_[std::string(style_name)] = file.text;
        add_marker();
        if (!fault_.empty()) return tl::unexpected(fault_);
        return std::move(files_);
    }

  private:
    [[nodiscard]] bool is_first(std::string_view language) const {
        return language == languages_.front();
    }

    // What every page has.
    json common(const GuideTexts& texts, const PolicyValues& values,
                const std::string& page) const {
        const std::string up = is_first(texts.language) ? "" : "../";
        json languages = json::array();
        for (const std::string& code : languages_) {
            const std::string folder = is_first(code) ? "" : code + "/";
            languages.push_back({{"code", code},
                                 {"label", data_.texts.find(code)->second.frame.at("language")},
                                 {"here", code == texts.language},
                                 {"href", up + folder + page}});
        }
        const std::string& organisation = values.value("organisation");
        return {{"lang", texts.language},
                {"f", frame_data(texts, values)},
                {"style", up + std::string(style_name)},
                {"brand", organisation.empty() ? values.plain("{server}") : organisation},
                {"has_languages", languages_.size() > 1},
                {"languages", languages},
                {"settings", settings_data(loaded_, texts, values)},
                {"still", run_data(texts.frame.at("still_text"), values)},
                {"webmail", values.value("webmail").empty()
                                ? json(false)
                                : json{{"href", values.value("webmail")},
                                       {"runs", run_data(texts.frame.at("works_in"), values)}}},
                {"password", values.value("password_url").empty()
                                 ? json(false)
                                 : json(values.value("password_url"))}};
    }

    json program_lists(const GuideTexts& texts, std::string_view current) const {
        json lists = json::array();
        for (const std::string_view kind : guide_kinds) {
            json entries = json::array();
            for (const std::string& id : ids_) {
                const GuideProgram* program = page_of(data_, id, texts.language);
                if (program == nullptr || program->kind != kind) continue;
                entries.push_back({{"href", id + ".html"},
                                   {"here", id == current},
                                   {"name", program->name},
                                   {"systems", program->systems}});
            }
            std::stable_sort(entries.begin(), entries.end(), [](const json& a, const json& b) {
                return sort_key(a["name"].get<std::string>()) <
                       sort_key(b["name"].get<std::string>());
            });
            const std::string key = kind == "server" ? "server_kind" : std::string(kind);
            if (!entries.empty())
                lists.push_back({{"heading", texts.frame.at(key)}, {"entries", entries}});
        }
        return lists;
    }

    void render(std::string_view name, const GuideTexts& texts, const std::string& page,
                const json& data) {
        auto html = render_page(name, data);
        const std::string folder = is_first(texts.language) ? "" : texts.language + "/";
        if (html)
            files_[folder + page] = *std::move(html);
        else
            fault_ = html.error();
    }

    void add_index(const GuideTexts& texts) {
        const PolicyValues values(loaded_, texts);
        json data = common(texts, values, "index.html");
        data["causes"] = cause_data(loaded_, texts, values);
        data["elsewhere"] = elsewhere_data(loaded_, texts, values);
        data["lists"] = program_lists(texts, {});
        data["path"] = path(texts, values);
        data["path_end"] = run_data(texts.frame.at("path_end"), values);
        data["lead"] =
            texts.frame.at(loaded_.policy->source().help_url.empty() ? "lead_plain" : "lead");
        render("causes", texts, "index.html", data);
    }

    json path(const GuideTexts& texts, const PolicyValues& values) const {
        json questions = json::array();
        for (const PathQuestion& question : texts.path) {
            if (!values.holds(question.only_if)) continue;
            const bool if_yes = !question.yes.empty();
            const std::string anchor = answer_of(if_yes ? question.yes : question.no);
            if (anchor.empty()) continue;
            questions.push_back(
                {{"question", run_data(question.question, values)},
                 {"if_yes", if_yes},
                 {"anchor", anchor},
                 {"answer", values.plain(anchor == settings_anchor
                                             ? texts.frame.at("settings")
                                             : texts.causes.find(anchor)->second.title)}});
        }
        return questions;
    }

    // Where an answer leads; empty: the policy has nothing of the kind. Whose sender is not looked
    // at is still told what is wrong with From.
    [[nodiscard]] std::string answer_of(const std::string& anchor) const {
        const std::vector<std::string> anchors = guide_anchors(loaded_);
        const auto is_there = [&](std::string_view name) {
            return std::find(anchors.begin(), anchors.end(), name) != anchors.end();
        };
        if (anchor == settings_anchor || is_there(anchor)) return anchor;
        const bool of_sender = anchor == to_string(Cause::sender_not_owned) ||
                               anchor == to_string(Cause::sender_not_hosted);
        const std::string_view of_from = to_string(Cause::from_not_owned);
        return of_sender && is_there(of_from) ? std::string(of_from) : std::string();
    }

    void add_program(const std::string& id, const GuideTexts& texts) {
        const GuideProgram* program = page_of(data_, id, texts.language);
        if (program == nullptr) return;
        // A page in another language has its words from that language's texts.
        const GuideTexts& words = data_.texts.find(program->language)->second;
        const PolicyValues values(loaded_, words, program);
        json data = common(texts, PolicyValues(loaded_, texts), id + ".html");
        data["program"] = program_data(*program, words, values);
        data["program_lang"] = program->language;
        data["heading"] = values.plain(program->title);
        data["foreign"] = program->language != texts.language;
        data["lists"] = program_lists(texts, id);
        data["profiles"] = apple_profiles(loaded_, id, is_first(texts.language) ? "" : "../");
        data["has_profiles"] = !data["profiles"].empty();
        render("program", texts, id + ".html", data);
    }

    // What the folder was made from, for programs and for `--out` to know it again.
    void add_marker() {
        nlohmann::ordered_json marker = guide_facts(loaded_);
        marker["files"] = json::array();
        for (const auto& [name, text] : files_) marker["files"].push_back(name);
        files_[std::string(guide_marker)] = marker.dump(2) + "\n";
    }

    const Loaded& loaded_;
    const GuideData& data_;
    const std::vector<std::string>& languages_;
    std::vector<std::string> ids_{};  // of programs
    SiteFiles files_{};
    std::string fault_{};
};

}  // namespace

tl::expected<GuideData, std::string> built_in_guide() {
    GuideData data;
    std::vector<Diagnostic> errors;
    for (const GuideFile& file : guide_files()) {
        if (file.name.starts_with("texts/")) {
            ReadTexts read = read_texts(file.name, file.text);
            errors.insert(errors.end(), read.errors.begin(), read.errors.end());
            data.texts.emplace(read.texts.language, std::move(read.texts));
        } else if (file.name.starts_with("programs/")) {
            ReadProgram read = read_program(file.name, file.text);
            errors.insert(errors.end(), read.errors.begin(), read.errors.end());
            data.programs.push_back(std::move(read.program));
        }
    }
    if (!errors.empty()) return tl::unexpected(to_string(errors.front()));
    if (const auto twice = agent_of_two(data.programs)) return tl::unexpected(*twice);
    if (const auto original = data.texts.find(guide_languages.front());
        original != data.texts.end())
        for (auto& [language, texts] : data.texts) mark_untranslated(original->second, texts);
    std::stable_sort(data.programs.begin(), data.programs.end(),
                     [](const GuideProgram& a, const GuideProgram& b) { return a.id < b.id; });
    return data;
}

const GuideProgram* page_of(const GuideData& data, std::string_view id, std::string_view language) {
    const GuideProgram* english = nullptr;
    for (const GuideProgram& program : data.programs) {
        if (program.id != id) continue;
        if (program.language == language) return &program;
        if (program.language == guide_languages.front()) english = &program;
    }
    return english;
}

tl::expected<SiteFiles, std::string> guide_site(const Loaded& loaded, const GuideData& data) {
    return Site(loaded, data).write();
}

std::vector<std::string> guide_anchors(const Loaded& loaded) {
    std::vector<std::string> anchors;
    for (const Cause cause : possible_causes(loaded.policy->source()))
        anchors.emplace_back(to_string(cause));
    anchors.emplace_back(wrong_password);
    return anchors;
}

}  // namespace relaypermit
