// A FIX dictionary as tables, made once from QuickFIX's: where each field may stand in a message and what it may say.
// Incoming holds a message against it in one pass. It is stricter than QuickFIX where being as lenient would need
// QuickFIX's own code: what it finds good QuickFIX finds good too; what it does not is QuickFIX's to judge, and to
// refuse with its own words. Thread rule: immutable.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

namespace FIX {
class DataDictionary;
}

namespace pace::fix {

class Layout {
 public:
  static constexpr std::size_t max_fields = 1024;  ///< those beyond are never found good
  static constexpr int max_tag = 9'999;
  using FieldSet = std::bitset<max_fields>;

  enum class Form : std::uint8_t { text, character, yes_or_no, integer, decimal, time, unchecked };
  struct Field {
    Form form = Form::unchecked;
    bool header = false, data = false;
    bool has_values = false;    ///< must be one of `values`, a character each; longer ones are not found good
    std::bitset<128> values{};  ///< by character
  };
  /// A message, or an entry of a group.
  struct Level {
    FieldSet allowed, required;
    int first = 0;  ///< of a group: the tag that each entry begins with
    struct Group {
      int tag;
      std::uint32_t level;
    };
    std::vector<Group> groups;
    /// The level of the entries that this field counts; 0: it counts none.
    [[nodiscard]] std::uint32_t level_of(int tag) const {
      for (const Group& group : groups)
        if (group.tag == tag) return group.level;
      return 0;
    }
  };

  explicit Layout(const FIX::DataDictionary& dictionary);

  /// The place of a tag among all fields; 0: the dictionary has no such field.
  [[nodiscard]] std::uint16_t place(int tag) const {
    return tag < 0 || tag > max_tag ? std::uint16_t{0} : places_[static_cast<std::size_t>(tag)];
  }
  [[nodiscard]] const Field& field(std::uint16_t place) const { return fields_[place]; }
  /// Of an application message; null when the dictionary has none of this type.
  [[nodiscard]] const Level* message(std::string_view type) const;
  [[nodiscard]] const Level& level(std::uint32_t at) const { return levels_[at]; }

 private:
  void add_field(const FIX::DataDictionary& dictionary, int tag);
  void add_message(const FIX::DataDictionary& dictionary, std::string_view type);
  void fill(std::uint32_t level, const FIX::DataDictionary& dictionary, std::string_view type, bool group);
  /// Types have one or two characters.
  static std::size_t slot(std::string_view type) {
    return static_cast<std::uint8_t>(type[0]) % 128 * 128 +
           (type.size() == 2 ? static_cast<std::uint8_t>(type[1]) % 128 : 0);
  }

  std::vector<std::uint16_t> places_;    // by tag
  std::vector<Field> fields_;            // by place; the first stands for unknown ones
  std::vector<Level> levels_;            // the first stands for none
  std::vector<std::uint16_t> messages_;  // by slot: the level; 0: none
};

/// May the field say this? False also for what is not checked here.
[[nodiscard]] bool is_good(const Layout::Field& field, std::string_view value);

/// Seconds since 1970 of "YYYYMMDD-HH:MM:SS" with or without ".sss"; -1 when it is none.
[[nodiscard]] std::int64_t seconds_of(std::string_view time);

}  // namespace pace::fix
