#include "stages/ack.hpp"

namespace weir::stages {

Spec<Registry::AckConfig> ack_spec() {
  return Spec<Registry::AckConfig>(
      "Settles each message that its sink has confirmed, so that its offset may be committed. The last step.");
}

}  // namespace weir::stages
