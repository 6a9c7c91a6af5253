// The normal form of a configuration: one document, whatever it was written like. What may be shown of it, and to whom
// it is shown: `weir echo`, GET /config of the admin port.
#pragma once

#include "pipeline/topology/topology.hpp"

#include <string>

namespace weir {

// Substituted, shorthand written out, one mapping for each component; keys of their authors' own (x-) and tests are left
// out. `defaults`: every option that has a value; without it, those that differ from their default or must be written.
//
// Secrets are masked (I10). One that is exactly ${NAME} or ${file:PATH} stays that, so that the document means the same
// where it was made; so does every other text that comes out of a file. Any other secret is "***", or what its option
// lets be shown of it. Read again, the document gives the same plan, but for masked secrets.
//
// Of a plan without errors.
config::Node normal_form(const Topology& topology, const Registry& registry, bool defaults);

// A document as YAML in block style, and as JSON, ended by a line feed. Both read back as the same document.
std::string to_yaml_document(const config::Node& document);
std::string to_json_document(const config::Node& document);

}  // namespace weir
