// Envelopes: in which members and headers the producers of each kind put what weir reads.
#pragma once

#include "pipeline/message.hpp"
#include "stages/decode.hpp"
#include "stages/field.hpp"

#include <span>
#include <string_view>

namespace weir::stages {

// A member or header, and the field that stands in it.
struct PlacedField {
  std::string_view name;
  Field field;
};

// One way to wrap an event: a table, and no code of its own. What no name leads to is not read. An immutable value.
struct Envelope {
  std::span<const PlacedField> members;  // of the payload; unknown ones are kept beside the event
  std::span<const PlacedField> headers;  // asked in their order where the payload does not say it
  bool domain_event = false;             // weir's own names (field.hpp) instead of both tables
  bool payload_is_data = false;          // no member of the payload is a field
  std::string_view id_scope = {};        // the member, or header, within which an id is unique
  std::string_view kept_prefix = {};     // headers that begin so and are no field are kept like members, without it
  std::span<const std::string_view> kept_names = {};  // and those of these names, as they are
  std::string_view type_ends_at = {};                 // characters behind which a type says other things
  std::string_view type_in_list = {};                 // pointer to the type where its member is a list
};

// The envelope that a message of this kind is in: CloudEvents and MassTransit's messages have two forms.
const Envelope& envelope_of(EnvelopeKind kind, const Message& message);

// The field of that name in a table, or none.
Field field_in(std::span<const PlacedField> table, std::string_view name) noexcept;

// The field that a member of that name is, or none.
inline Field field_of_member(const Envelope& envelope, std::string_view member) noexcept {
  return envelope.domain_event ? envelope_field(member) : field_in(envelope.members, member);
}

}  // namespace weir::stages
