// Text files and the words in them. Files are read in chunks, so that their size does not matter.
#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace inverted_index {

/** What follows of a longer run of letters and digits is left out. */
inline constexpr std::size_t longest_word = 64;

inline std::system_error unreadable(const std::string& path) {
  return {errno, std::generic_category(), "cannot read " + path};
}

/** Throws the error that reading would end with, as far as that can be told without opening the file. */
inline void require_readable(const std::string& path) {
  if (access(path.c_str(), R_OK) != 0) throw unreadable(path);
}

/** Every file in the folder and those below it, once however many links lead to it. */
inline std::vector<std::string> files_under(const std::string& folder) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.insert(std::filesystem::canonical(entry.path()).string());
  }
  return {files.begin(), files.end()};
}

/** Names of documents: those of the files without folders; of two files with one name, the second is called name#2. */
inline std::vector<std::string> document_names(const std::vector<std::string>& paths) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const std::string& path : paths) {
    const std::string file_name = std::filesystem::path(path).filename().string();
    std::string name = file_name;
    for (int number = 2; !taken.insert(name).second; ++number) name = file_name + "#" + std::to_string(number);
    names.push_back(std::move(name));
  }
  return names;
}

/** The character as it stands in a word; 0 for what separates words. Bytes outside ASCII separate. */
constexpr char in_word(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return c;
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : '\0';
}

/** Calls use(word) for each word of the file, in order, and returns the file's size. */
template <class Use>
std::size_t for_each_word(const std::string& path, Use use) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) throw unreadable(path);
  std::array<char, 65536> chunk;
  std::string word;  // lives on from chunk to chunk, because words do not end where chunks do
  std::size_t total = 0;
  for (std::size_t size = chunk.size(); size == chunk.size(); total += size) {
    size = std::fread(chunk.data(), 1, chunk.size(), file.get());
    for (const char byte : std::string_view(chunk.data(), size)) {
      if (const char c = in_word(byte); c != '\0') {
        if (word.size() < longest_word) word += c;
      } else if (!word.empty()) {
        use(word);
        word.clear();
      }
    }
  }
  if (std::ferror(file.get()) != 0) throw unreadable(path);
  if (!word.empty()) use(word);
  return total;
}

}  // namespace inverted_index
