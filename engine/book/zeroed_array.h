// A fixed array of zeros, aligned to a cache line. Pages that nobody touches cost nothing: a book's price window and
// the order pool are reserved whole at the start, at the size they may reach. Thread rule: as its owner's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace pace {

template <class T>
class ZeroedArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  static constexpr std::size_t alignment = 64;

  ZeroedArray() = default;
  explicit ZeroedArray(std::size_t size) : first_(reserve(size)) {}
  /// REQUIRES: i < size.
  [[nodiscard]] T& operator[](std::size_t i) { return first_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return first_.get()[i]; }
  /// Makes n elements resident: no page fault when they are used first. REQUIRES: from + n <= size, still all zeros.
  void touch(std::size_t from, std::size_t n) {
    constexpr std::size_t page = 4096;
    auto* const bytes = reinterpret_cast<volatile unsigned char*>(first_.get() + from);
    for (std::size_t at = 0; at < n * sizeof(T); at += page) bytes[at] = 0;
  }

 private:
  // What calloc gave stands in the word before the first element.
  static T* reserve(std::size_t size) {
    void* memory = std::calloc(1, size * sizeof(T) + sizeof(void*) + alignment);
    if (memory == nullptr) throw std::bad_alloc();
    const auto after_word = reinterpret_cast<std::uintptr_t>(memory) + sizeof(void*);
    void* first = reinterpret_cast<void*>((after_word + alignment - 1) / alignment * alignment);
    static_cast<void**>(first)[-1] = memory;
    return static_cast<T*>(first);
  }
  struct Free {
    void operator()(T* first) const { std::free(reinterpret_cast<void**>(first)[-1]); }
  };
  std::unique_ptr<T[], Free> first_;
};

}  // namespace pace
