// relaypermit table build: makes the cdb file of an alias table from lines of text.
#include <cstring>
#include <filesystem>
#include <istream>
#include <iterator>
#include <ostream>
#include <system_error>

#include "record/json_writer.h"
#include "tables/cdb_rows.h"
#include "tables/text_rows.h"
#include "tool/base/replace_file.h"
#include "tool/base/visible.h"
#include "tool/commands/commands.h"

namespace relaypermit {
namespace {

namespace fs = std::filesystem;

class TableCommand final : public Command {
  public:
    [[nodiscard]] std::string_view name() const override { return "table"; }
    [[nodiscard]] std::string_view summary() const override {
        return "build: compiles lines of text into the cdb file of an alias table";
    }

    void declare(Options& options) override {
        options.argument(action_, "ACTION", "build");
        options.value("--in", in_, "FILE",
                      "lines of KEY VALUE, as an alias table of type file has them; - is standard "
                      "input");
        options.value("--out", out_, "FILE", "the cdb file; one that is there is replaced");
        options.example("relaypermit table build --in senders.txt --out senders.cdb");
        options.epilogue(
            "Every line that cannot be used is named, and then nothing is written. Of several "
            "rows with one key the first counts, and the others are warned of. A file that is "
            "there is replaced in one step and keeps its owner and permissions; a new one has "
            "those of --in. A running daemon takes it up within seconds.\n"
            "Exit code 0; 2 where a line is wrong, or the file cannot be read or written.");
    }

    [[nodiscard]] Exit run(const Context& context) override {
        if (action_ != "build")
            return complain(context, action_.empty()
                                         ? "table needs an ACTION: build"
                                         : "`" + visible(action_) + "` is no action: build is");
        if (in_.empty() || out_.empty()) return complain(context, "build needs --in and --out");
        if (const std::string why = why_not_replaced(); !why.empty()) return complain(context, why);

        auto text = read(context);
        if (!text) return complain(context, visible(text.error()));
        std::size_t wrong = 0;
        std::size_t seconds = 0;
        const std::string of = visible(in_ == "-" ? "standard input" : in_) + ":";
        const TextRows rows =
            TextRows::read(std::move(text->text), text->bytes, [&](const RowFault& fault) {
                ++(fault.second_row ? seconds : wrong);
                context.err << of << fault.line << ": "
                            << (fault.second_row ? "warning: " : "error: ") << visible(fault.why)
                            << (fault.second_row ? ", which counts\n" : "\n");
            });
        if (wrong > 0)
            return complain(context, std::to_string(wrong) +
                                         (wrong == 1 ? " line is wrong" : " lines are wrong") +
                                         ": nothing is written");
        CdbText cdb;
        rows.for_each([&](std::string_view key, std::string_view value) { cdb.add(key, value); });
        const auto made = std::move(cdb).take();
        if (!made) return complain(context, made.error());
        if (const auto written = write(*made); !written)
            return complain(context,
                            "cannot write `" + visible(out_) + "`: " + visible(written.error()));
        print(context, rows.size(), seconds, made->size());
        return Exit::fine;
    }

  private:
    // Why --out is not written over; empty: it may be. A slip of the hand would else turn the lines
    // themselves, or any file, into a cdb.
    [[nodiscard]] std::string why_not_replaced() const {
        std::error_code none;
        const auto type = fs::status(out_, none).type();
        if (type == fs::file_type::not_found || type == fs::file_type::none) return {};
        if (type == fs::file_type::regular &&
            (fs::file_size(out_, none) == 0 || open_cdb_rows(out_)))
            return {};
        return "`" + visible(out_) + "` is there and is no cdb file: remove it first";
    }

    [[nodiscard]] tl::expected<FileText, std::string> read(const Context& context) const {
        if (in_ != "-") return read_whole(in_);
        const std::string text(std::istreambuf_iterator<char>(context.in), {});
        if (context.in.bad())
            return tl::make_unexpected(std::string("standard input cannot be read"));
        if (text.size() > max_text_bytes)
            return tl::make_unexpected(std::string("standard input is larger than 4 GiB"));
        FileText read{std::make_unique<char[]>(text.size() + 1), text.size(), {}};
        std::memcpy(read.text.get(), text.data(), text.size());
        return read;
    }

    [[nodiscard]] tl::expected<void, std::string> write(const std::string& text) const {
        std::error_code none;
        // Where it is a link, what it leads to.
        const fs::path there = fs::canonical(out_, none);
        if (!there.empty()) return replace_file(there, text, there);
        if (in_ != "-") return replace_file(out_, text, in_);
        return replace_file(out_, text, Readers{});
    }

    static void print(const Context& context, std::size_t rows, std::size_t seconds,
                      std::size_t bytes) {
        if (!context.json) {
            context.out << rows << (rows == 1 ? " row\n" : " rows\n");
            return;
        }
        JsonWriter json;
        json.open_object().key("rows").value(rows).key("ignored").value(seconds);
        context.out << json.key("bytes").value(bytes).close_object().take() << "\n";
    }

    std::string action_{};
    std::string in_{};
    std::string out_{};
};

}  // namespace

std::unique_ptr<Command> make_table_command() {
    return std::make_unique<TableCommand>();
}

}  // namespace relaypermit
