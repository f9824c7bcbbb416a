// The texts that go into every export for third parties: VERIFY.md and verify.py of this folder, built in.
#pragma once

#include <string>

namespace pace::audit {

std::string verify_instructions();
std::string verify_script();

}  // namespace pace::audit
