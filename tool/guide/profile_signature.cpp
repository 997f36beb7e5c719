#include "tool/guide/profile_signature.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <ctime>
#include <memory>

namespace relaypermit {
namespace {

struct Release {
    void operator()(BIO* bio) const { BIO_free_all(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(CMS_ContentInfo* message) const { CMS_ContentInfo_free(message); }
};
template <typename T>
using Owned = std::unique_ptr<T, Release>;

using Chain =
    std::unique_ptr<STACK_OF(X509),
                    decltype([](STACK_OF(X509) * chain) { sk_X509_pop_free(chain, X509_free); })>;

// The certificates are the message's.
using Signers = std::unique_ptr<STACK_OF(X509),
                                decltype([](STACK_OF(X509) * signers) { sk_X509_free(signers); })>;

Owned<BIO> reader_of(std::string_view bytes) {
    return Owned<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// Else OpenSSL asks at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

tl::unexpected<std::string> fault(std::string text) {
    ERR_clear_error();
    return tl::make_unexpected(std::move(text));
}

}  // namespace

tl::expected<std::string, std::string> signed_profile(std::string_view profile,
                                                      std::string_view certificates,
                                                      std::string_view key) {
    const Owned<BIO> pem = reader_of(certificates);
    const Owned<X509> signer(PEM_read_bio_X509(pem.get(), nullptr, no_passphrase, nullptr));
    if (!signer) return fault("the certificate is not PEM");
    const Chain chain(sk_X509_new_null());
    while (Owned<X509> next{PEM_read_bio_X509(pem.get(), nullptr, no_passphrase, nullptr)}) {
        // OpenSSL signs with none that stands twice.
        bool is_known = X509_cmp(next.get(), signer.get()) == 0;
        for (int at = 0; at < sk_X509_num(chain.get()); ++at)
            is_known = is_known || X509_cmp(next.get(), sk_X509_value(chain.get(), at)) == 0;
        if (is_known) continue;
        if (sk_X509_push(chain.get(), next.get()) == 0)
            return fault("there is no memory for the certificates");
        (void)next.release();  // now the chain's
    }
    ERR_clear_error();  // the end of the file
    const Owned<BIO> key_pem = reader_of(key);
    const Owned<EVP_PKEY> private_key(
        PEM_read_bio_PrivateKey(key_pem.get(), nullptr, no_passphrase, nullptr));
    if (!private_key) return fault("the key is not PEM, or has a passphrase");
    if (X509_check_private_key(signer.get(), private_key.get()) != 1)
        return fault("the key is not that of the certificate");
    const Owned<BIO> content = reader_of(profile);
    const Owned<CMS_ContentInfo> message(
        CMS_sign(signer.get(), private_key.get(), chain.get(), content.get(), CMS_BINARY));
    if (!message) return fault("the certificate cannot sign");
    const Owned<BIO> out(BIO_new(BIO_s_mem()));
    if (i2d_CMS_bio(out.get(), message.get()) != 1) return fault("the signature cannot be written");
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return std::string(bytes, static_cast<std::size_t>(size));
}

std::string signature_fault(std::string_view signed_one, TimePoint now) {
    if (!signed_one.starts_with('\x30')) return {};
    const Owned<BIO> der = reader_of(signed_one);
    const Owned<CMS_ContentInfo> message(d2i_CMS_bio(der.get(), nullptr));
    constexpr unsigned signature_alone = CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY;
    if (!message ||
        CMS_verify(message.get(), nullptr, nullptr, nullptr, nullptr, signature_alone) != 1) {
        ERR_clear_error();
        return "has a signature that is broken";
    }
    const Signers signers(CMS_get0_signers(message.get()));
    std::time_t at = std::chrono::system_clock::to_time_t(now);
    for (int signer = 0; signer < sk_X509_num(signers.get()); ++signer) {
        const X509* const certificate = sk_X509_value(signers.get(), signer);
        if (X509_cmp_time(X509_get0_notAfter(certificate), &at) > 0) continue;
        std::tm end{};
        char text[sizeof "2026-11-29"] = "?";
        if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1)
            std::strftime(text, sizeof text, "%F", &end);
        return std::string("is signed by a certificate that was valid until ") + text;
    }
    return {};
}

std::string openssl_version() {
    return ::OpenSSL_version(OPENSSL_VERSION_STRING);
}

}  // namespace relaypermit
