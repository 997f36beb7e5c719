// TLS by OpenSSL over another stream, so that no step outlives its deadline and none raises
// SIGPIPE. Used by one thread at a time; a context by any.
#pragma once

#include <memory>
#include <string>

#include "config/table_url.h"
#include "tables/stream.h"

struct ssl_ctx_st;

namespace relaypermit {

struct FreeTlsContext {
    void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeTlsContext>;

// Trusts tls_roots() of the server; TLS 1.2 and later.
[[nodiscard]] tl::expected<TlsContext, std::string> make_tls_context(const ServerSettings& server);

// Shakes hands with `host`, a name or a numeric address, which its certificate must be for.
[[nodiscard]] OpenedStream start_tls(std::unique_ptr<Stream> below, ssl_ctx_st* context,
                                     const std::string& host, const Deadline& deadline);

}  // namespace relaypermit
