// pkcs11::open(): from what --card says to readers.

#include "cards/piv/contents.hpp"
#include "cards/piv/factory.hpp"
#include "cards/pkcs11/contents.hpp"
#include "cards/pkcs11/kind.hpp"
#include "cards/pkcs11/modules.hpp"
#include "cards/pkcs11/options.hpp"
#include "cards/pkcs11/reader.hpp"
#include "cards/pkcs11/renewal.hpp"
#include "cards/pkcs11/uri.hpp"
#include "cards/posted_lines.hpp"
#include "cards/separate_cards.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace vscard::cards::pkcs11 {
namespace {

using Lines = std::function<void(const std::string&)>;

/// A token, and what it has.
struct Found {
  Token token;
  Contents contents;
};

/// Tokens without a PIN, as p11-kit's own of trusted certificates, hold no keys of anybody.
bool has_keys(const CK_TOKEN_INFO& token) {
  return (token.flags & CKF_TOKEN_INITIALIZED) != 0 && (token.flags & CKF_LOGIN_REQUIRED) != 0;
}

/// Those that can be opened. `others` gets the URIs of all with keys.
std::vector<Token> tokens_of(CK_FUNCTION_LIST* module, const Uri& uri,
                             std::vector<std::string>& others) {
  CK_INFO about{};
  if (module->C_GetInfo(&about) != CKR_OK) return {};
  std::vector<Token> tokens;
  for (const CK_SLOT_ID id : slots_of(module)) {
    CK_SLOT_INFO slot{};
    CK_TOKEN_INFO token{};
    if (module->C_GetSlotInfo(id, &slot) != CKR_OK ||
        module->C_GetTokenInfo(id, &token) != CKR_OK || !has_keys(token)) {
      continue;
    }
    others.push_back(uri_of(token));
    if (!uri.names_module(about) || !uri.names_token(id, slot, token)) continue;
    if (auto opened = Token::open(module, id)) tokens.push_back(std::move(*opened));
  }
  return tokens;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// The one that has certificates.
Result<Found> choose(std::vector<Token> tokens, const Uri& uri,
                     const std::vector<std::string>& others) {
  if (tokens.empty()) {
    return std::unexpected(
        "--card " + uri.text() + ": no such token; " +
        (others.empty() ? "there is none with a PIN" : "there are: " + joined(others)));
  }
  std::optional<Found> chosen;
  std::vector<std::string> fitting;
  const std::string first = label_of(tokens.front());
  for (Token& token : tokens) {
    auto contents = look_into(token, uri);
    if (!contents) return std::unexpected(contents.error());
    if (contents->identities.empty()) continue;
    fitting.push_back(uri_of(token.info()));
    if (!chosen) chosen.emplace(std::move(token), std::move(*contents));
  }
  if (fitting.size() > 1)
    return std::unexpected("--card " + uri.text() +
                           " names several tokens; choose one: " + joined(fitting));
  if (chosen) return std::move(*chosen);
  return std::unexpected("--card " + uri.text() + ": " + first +
                         " has no such certificate, without which no program shows a key; write "
                         "one: pkcs11-tool --type cert --write-object");
}

void warn_of_pin(const Token& token, const Lines& warn) {
  const CK_TOKEN_INFO& info = token.info();
  if ((info.flags & CKF_USER_PIN_INITIALIZED) == 0)
    warn(label_of(token) + " has no PIN yet, so none is right; set it: pkcs11-tool --init-pin");
  if ((info.flags & CKF_USER_PIN_LOCKED) != 0)
    warn("the PIN of " + label_of(token) + " is locked; unlock it with the token's own tool");
  if (info.ulMinPinLen > 8 && info.ulMinPinLen != CK_UNAVAILABLE_INFORMATION)
    warn(label_of(token) + " has a PIN of more than 8 characters, which a PIV card cannot take");
}

/// All cards of --card pkcs11, and the modules that they use.
class Readers final : public CardSet {
 public:
  Result<> add(const asio::any_io_executor& executor, const CardSpec& spec,
               const OpenOptions& options) {
    auto uri = Uri::parse(options_of(spec).uri);
    if (!uri) return std::unexpected(uri.error());
    auto found = find(*uri);
    if (!found) return std::unexpected(found.error());
    if (const auto taken = take(found->token); !taken) return taken;
    warn_of_pin(found->token, options.warn);
    auto shown = show(found->contents, found->token, spec.name, options);
    if (!shown) return std::unexpected(shown.error());
    Renewal renewal(spec.name, std::move(*uri), with_posted_lines(options, executor),
                    std::move(found->contents.read));
    return add(executor, spec.name, with_posted_lines(options, executor), std::move(found->token),
               std::move(*shown), std::move(renewal));
  }

  const std::vector<cards::Reader*>& readers() const override { return cards_.readers(); }
  bool stop() override {
    return std::ranges::none_of(owned_, [](const Reader* reader) { return reader->looking(); });
  }

 private:
  Result<Found> find(const Uri& uri) {
    std::vector<CK_FUNCTION_LIST*> modules;
    if (const auto path = uri.module_path()) {
      const auto module = modules_.file(*path);
      if (!module) return std::unexpected(module.error());
      modules.push_back(*module);
    } else {
      auto configured = modules_.configured();
      if (!configured) return std::unexpected(configured.error());
      modules = std::move(*configured);
    }
    std::vector<Token> tokens;
    std::vector<std::string> others;
    for (CK_FUNCTION_LIST* const module : modules)
      std::ranges::move(tokens_of(module, uri, others), std::back_inserter(tokens));
    return choose(std::move(tokens), uri, others);
  }

  /// Who is logged in is the same for all sessions of a process.
  Result<> take(const Token& token) {
    const std::string uri = uri_of(token.info());
    if (std::ranges::find(taken_, uri) != taken_.end())
      return std::unexpected(label_of(token) +
                             " is another card's already; one card has it at a time");
    taken_.push_back(uri);
    return {};
  }

  /// The lines of `options` may be called from any thread.
  Result<> add(const asio::any_io_executor& executor, const std::string& name,
               const OpenOptions& options, Token token, Shown shown, Renewal renewal) {
    piv::State state = piv::make_card(piv::card_for(shown.contents));
    if (const auto put = piv::put_keys(state, shown.contents, piv::Custody::Holder); !put)
      return put;
    const auto after = [](Lines line, std::string before) {
      return [line = std::move(line), before = std::move(before)](const std::string& text) {
        line(before + text);
      };
    };
    const std::string label = label_of(token);
    auto holder = std::make_unique<TokenKeys>(std::move(token), std::move(shown.keys),
                                              after(options.warn, name + ": "));
    auto reader = std::make_unique<Reader>(executor, std::move(state), std::move(holder), name,
                                           after(options.tell, name + ": " + label + " "),
                                           std::move(renewal));
    owned_.push_back(reader.get());
    cards_.add(std::move(reader));
    return {};
  }

  Modules modules_;
  std::vector<std::string> taken_;    ///< URIs of tokens
  SeparateCards cards_;               ///< after the modules, which they use
  std::vector<const Reader*> owned_;  ///< by cards_
};

}  // namespace

Result<std::unique_ptr<CardSet>> open(const asio::any_io_executor& executor,
                                      std::span<const CardSpec> specs, const OpenOptions& options) {
  auto readers = std::make_unique<Readers>();
  for (const CardSpec& spec : specs) {
    if (const auto added = readers->add(executor, spec, options); !added)
      return std::unexpected(added.error());
  }
  return readers;
}

}  // namespace vscard::cards::pkcs11
