#include "milter/metrics_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <initializer_list>

#include "policy/ascii.h"

namespace relaypermit {

namespace {

// In HELP too, where the text format leaves quotes as they are and OpenMetrics does not.
std::string escaped(std::string_view text, bool quotes) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '\\' || (c == '"' && quotes)) out += '\\';
        out += c;
    }
    return out;
}

template <typename Number>
std::string written(Number number) {
    std::array<char, 32> digits{};
    const auto [end, fault] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return {digits.data(), end};
}

class Page {
  public:
    explicit Page(MetricsFormat format) : format_(format) {}

    void add(const Family& family) {
        const bool open = format_ == MetricsFormat::open_metrics;
        std::string_view name = family.name;
        // There the family has the name, and its counter the suffix.
        constexpr std::string_view total = "_total";
        if (open && family.type == MetricType::counter && name.ends_with(total))
            name.remove_suffix(total.size());
        constexpr std::array<std::string_view, 3> types = {"counter", "gauge", "histogram"};
        put({"# HELP ", name, " ", escaped(family.help, open), "\n"});
        put({"# TYPE ", name, " ", types[static_cast<std::size_t>(family.type)], "\n"});
        for (const Sample& sample : family.samples) add(family, sample);
    }
    [[nodiscard]] std::string take() {
        if (format_ == MetricsFormat::open_metrics) put({"# EOF\n"});
        return std::move(text_);
    }

  private:
    void put(std::initializer_list<std::string_view> parts) {
        for (const std::string_view part : parts) text_ += part;
    }
    void add(const Family& family, const Sample& sample) {
        if (const auto* whole = std::get_if<std::uint64_t>(&sample.value))
            line(family.name, "", sample, "", written(*whole));
        else if (const auto* real = std::get_if<double>(&sample.value))
            line(family.name, "", sample, "", written(*real));
        else if (const auto* times = std::get_if<Histogram::Reading>(&sample.value)) {
            for (std::size_t at = 0; at < buckets.size(); ++at)
                line(family.name, "_bucket", sample, buckets[at].le, written(times->at_most[at]));
            line(family.name, "_bucket", sample, "+Inf", written(times->count));
            line(family.name, "_sum", sample, "", written(times->sum_s));
            line(family.name, "_count", sample, "", written(times->count));
        }
    }
    void line(std::string_view name, std::string_view suffix, const Sample& sample,
              std::string_view le, std::string_view value) {
        put({name, suffix});
        std::string labels;
        const auto label = [&](std::string_view key, std::string_view text) {
            labels += (labels.empty() ? "{" : ",") + std::string(key) + "=\"" +
                      escaped(text, true) + "\"";
        };
        for (const auto& [key, text] : sample.labels) label(key, text);
        if (!le.empty()) label("le", le);
        if (!labels.empty()) labels += "}";
        put({labels, " ", value, "\n"});
    }

    const MetricsFormat format_;
    std::string text_{};
};

// "q=0.5" in thousandths; what is no weight weighs nothing.
int weight_of(std::string_view text) {
    if (text.empty() || (text[0] != '0' && text[0] != '1')) return 0;
    int thousandths = (text[0] - '0') * 1000;
    int digit = 100;
    for (std::size_t at = 2; at < text.size() && at < 5 && text[1] == '.'; ++at, digit /= 10) {
        if (text[at] < '0' || text[at] > '9') return 0;
        thousandths += (text[at] - '0') * digit;
    }
    return std::min(thousandths, 1000);
}

std::string_view next_of(std::string_view& list, char separator) {
    const std::string_view part = list.substr(0, list.find(separator));
    list.remove_prefix(std::min(part.size() + 1, list.size()));
    return trimmed(part);
}

}  // namespace

std::string_view content_type(MetricsFormat format) {
    return format == MetricsFormat::open_metrics
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

MetricsFormat format_for(std::string_view accept) {
    int open = 0;
    int text = 0;
    while (!accept.empty()) {
        std::string_view range = next_of(accept, ',');
        const std::string type = ascii_lower(next_of(range, ';'));
        int weight = 1000;
        bool other_version = false;
        while (!range.empty()) {
            std::string_view value = next_of(range, ';');
            const std::string key = ascii_lower(next_of(value, '='));
            value = trimmed(value);
            if (value.size() > 1 && value.front() == '"' && value.back() == '"')
                value = value.substr(1, value.size() - 2);
            if (key == "q") weight = weight_of(value);
            if (key == "version" && value != "1.0.0") other_version = true;
        }
        if (type == "application/openmetrics-text" && !other_version) open = std::max(open, weight);
        if (type == "text/plain") text = std::max(text, weight);
    }
    return open > 0 && open >= text ? MetricsFormat::open_metrics : MetricsFormat::text;
}

std::string to_page(const std::vector<Family>& families, MetricsFormat format) {
    Page page(format);
    for (const Family& family : families) page.add(family);
    return page.take();
}

}  // namespace relaypermit
