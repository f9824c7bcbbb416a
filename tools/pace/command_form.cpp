#include "tools/pace/command_form.h"

#include <utility>

#include "engine/base/nearest.h"
#include "engine/message/text.h"

namespace pace::tool {
namespace {

template <class Visit, std::size_t... I>
void for_each_command(Visit&& visit, std::index_sequence<I...>) {
  (visit(std::variant_alternative_t<I, Command>{}), ...);
}
template <class Visit>
void for_each_command(Visit&& visit) {
  for_each_command(visit, std::make_index_sequence<std::variant_size_v<Command>>{});
}

}  // namespace

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> names;
  for_each_command([&]<class T>(const T&) { names.push_back(T::name); });
  return names;
}

std::optional<Command> command_named(std::string_view name) {
  std::optional<Command> found;
  for_each_command([&]<class T>(T command) {
    if (T::name == name) found = std::move(command);
  });
  return found;
}

std::vector<FieldForm> fields_of(const Command& command) {
  std::vector<FieldForm> fields;
  std::visit(
      [&](const auto& body) {
        for_each_field(body, [&]<class T>(std::string_view name, const T&) {
          fields.push_back({name, what_fits<T>()});
        });
      },
      command);
  return fields;
}

std::optional<std::string> set_field(Command& command, std::string_view field, std::string_view text) {
  bool known = false;
  std::optional<std::string> error;
  std::visit(
      [&](auto& body) {
        for_each_field(body, [&]<class T>(std::string_view name, T& value) {
          if (name != field) return;
          known = true;
          if (!parse_text(text, value))
            error = std::string(field) + " = \"" + std::string(text.substr(0, 80)) + "\" does not fit; it takes " +
                    what_fits<T>();
        });
      },
      command);
  if (known) return error;
  std::vector<std::string_view> names;
  for (const FieldForm& form : fields_of(command)) names.push_back(form.name);
  return "unknown field " + std::string(field) + "; the nearest known field is " + std::string(nearest(field, names));
}

}  // namespace pace::tool
