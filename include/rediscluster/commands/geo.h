// Commands on places: sorted sets whose scores are positions on earth.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

/** Where something is, in degrees. Servers keep 52 bits of it: what comes back is within 0.6 m of what went in. */
struct GeoPosition {
  double longitude = 0;
  double latitude = 0;

  bool operator==(const GeoPosition&) const = default;
};

/** A member and where it is: longitude from -180 to 180, latitude from -85.05112878 to 85.05112878. */
struct GeoPlace {
  Score longitude;
  Score latitude;
  Arg member;

  friend void encode(Command& to, const GeoPlace& place) {
    to.arg(place.longitude).arg(place.latitude).arg(place.member);
  }
};
/** {{13.361389, 38.115556, "Palermo"}, {15.087269, 37.502669, "Catania"}}, or a range of GeoPlace. */
using GeoPlaces = ListOf<GeoPlace>;

/** A member that was found, and what was asked for. */
struct GeoResult {
  std::string member = {};
  /** How far it is from the centre, in the unit of the search; with withdist. */
  std::optional<double> distance = {};
  /** Its position as a number of 52 bits, which is its score; with withhash. */
  std::optional<long long> hash = {};
  /** Where it is; with withcoord. */
  std::optional<GeoPosition> position = {};

  bool operator==(const GeoResult&) const = default;
};

struct GeoAddOptions {
  /** Only add members that are not there yet. Not together with xx. */
  bool nx = false;
  /** Only move members that are there. */
  bool xx = false;
  /** Count members that were moved too. */
  bool ch = false;
};

/** What geosearch() looks for. */
struct GeoSearchOptions {
  /** The centre is where this member is. Just one of member, and longitude and latitude. */
  std::optional<Arg> member = {};
  /** The centre, in degrees; both or none. */
  std::optional<double> longitude = {};
  std::optional<double> latitude = {};
  /** Of radius, width, height and distances: "m", "km", "mi" or "ft". */
  Arg unit = "m";
  /** Members at most this far from the centre. Just one of radius, and width and height. */
  std::optional<double> radius = {};
  /** Members in a rectangle around the centre, its sides along the axes; both or none. */
  std::optional<double> width = {};
  std::optional<double> height = {};
  /** "ASC": from the nearest to the farthest; "DESC": the other way; otherwise without order. */
  std::optional<Arg> sort = {};
  /** At most so many, the nearest unless `any` or sort say otherwise. */
  std::optional<long long> count = {};
  /** Stop as soon as count members are found, which may not be the nearest (Redis 6.2). Needs count. */
  bool any = false;
};

/** As GeoSearchOptions, and what to tell of each member. */
struct GeoSearchWithOptions {
  std::optional<Arg> member = {};
  std::optional<double> longitude = {};
  std::optional<double> latitude = {};
  Arg unit = "m";
  std::optional<double> radius = {};
  std::optional<double> width = {};
  std::optional<double> height = {};
  std::optional<Arg> sort = {};
  std::optional<long long> count = {};
  bool any = false;
  /** Tell its position. */
  bool withcoord = false;
  /** Tell its distance from the centre. */
  bool withdist = false;
  /** Tell its position as a number. */
  bool withhash = false;
};

/** As GeoSearchOptions. */
struct GeoSearchStoreOptions {
  std::optional<Arg> member = {};
  std::optional<double> longitude = {};
  std::optional<double> latitude = {};
  Arg unit = "m";
  std::optional<double> radius = {};
  std::optional<double> width = {};
  std::optional<double> height = {};
  std::optional<Arg> sort = {};
  std::optional<long long> count = {};
  bool any = false;
  /** Store distances from the centre as the scores, so that the result is no set of places any more. */
  bool storedist = false;
};

/** As of GeoSearchOptions. */
struct GeoRadiusOptions {
  Arg unit = "m";
  std::optional<long long> count = {};
  std::optional<Arg> sort = {};
  bool any = false;
};

/** As of GeoSearchWithOptions. */
struct GeoRadiusWithOptions {
  Arg unit = "m";
  bool withdist = false;
  bool withcoord = false;
  bool withhash = false;
  std::optional<long long> count = {};
  std::optional<Arg> sort = {};
  bool any = false;
};

template <>
struct Decoder<GeoPosition> {
  static GeoPosition decode(TapeView reply) {
    detail::expect_elements(reply, 2, "longitude and latitude");
    const TapeView longitude = reply.first();
    return {Decoder<double>::decode(longitude), Decoder<double>::decode(longitude.next())};
  }
};

template <>
struct Decoder<GeoResult> {
  /** A name alone, or with what was asked for, each told apart by its type. */
  static GeoResult decode(TapeView reply) {
    if (!reply.is_container()) return {.member = Decoder<std::string>::decode(reply)};
    if (reply.elements() == 0) detail::throw_misfit(reply, "member");
    TapeView part = reply.first();
    GeoResult result{.member = Decoder<std::string>::decode(part)};
    for (std::size_t left = reply.elements() - 1; left != 0; --left) {
      part = part.next();
      if (part.is_container()) {
        result.position = Decoder<GeoPosition>::decode(part);
      } else if (part.type() == ReplyType::integer) {
        result.hash = part.integer();
      } else {
        result.distance = Decoder<double>::decode(part);
      }
    }
    return result;
  }
};

/** Commands on places. They are members of sorted sets, to be removed by zrem(); a key that does not exist is an empty
    set. A key that holds another type: ResponseError WRONGTYPE. */
template <class Self, template <class> class R>
class GeoCommands {
  using Members = std::vector<std::string>;
  using Results = std::vector<GeoResult>;

 public:
  /** GEOADD. Adds members or moves them, geoadd("k", {{13.36, 38.12, "Palermo"}}). Returns how many were added.
      ResponseError when a position is out of range; then none is added. */
  R<long long> geoadd(Key name, const GeoPlaces& values, const GeoAddOptions& options = {}) const {
    Command command("GEOADD");
    command.key(name).flag(options.nx, "NX").flag(options.xx, "XX").flag(options.ch, "CH");
    return run<long long>(command.list(values));
  }

  /** GEODIST. How far two members are from each other, in "m" (the default), "km", "mi" or "ft"; none when one of them
      does not exist. Takes the earth for a sphere, which is up to 0.5 % off. */
  R<std::optional<double>> geodist(Key name, const Arg& place1, const Arg& place2,
                                   const std::optional<Arg>& unit = {}) const {
    Command command("GEODIST");
    command.key(name).arg(place1).arg(place2);
    if (unit) command.arg(*unit);
    return run<std::optional<double>>(command);
  }

  /** GEOHASH. The positions of members as Geohash texts of 11 characters, in the order of values; none for a member
     that does not exist. */
  R<std::vector<std::optional<std::string>>> geohash(Key name, const Args& values) const {
    return run<std::vector<std::optional<std::string>>>(Command("GEOHASH").key(name).list(values));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<std::optional<std::string>>> geohash(Key name, const V&... values)
  const { return geohash(name, Args{Arg(values)...}); }

  /** GEOPOS. The positions of members in the order of values; none for a member that does not exist. */
  R<std::vector<std::optional<GeoPosition>>> geopos(Key name, const Args& values) const {
    return run<std::vector<std::optional<GeoPosition>>>(Command("GEOPOS").key(name).list(values));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<std::optional<GeoPosition>>> geopos(Key name, const V&... values)
  const { return geopos(name, Args{Arg(values)...}); }

  /** GEORADIUS, the old form of geosearch(). The members at most radius away from a position. */
  R<Members> georadius(Key name, double longitude, double latitude, double radius,
                       const GeoRadiusOptions& options = {}) const {
    return run<Members>(around("GEORADIUS", name, longitude, latitude, radius, options));
  }
  /** GEORADIUS with WITHDIST, WITHCOORD and WITHHASH, as the options say. */
  R<Results> georadius_with(Key name, double longitude, double latitude, double radius,
                            const GeoRadiusWithOptions& options) const {
    return run<Results>(around("GEORADIUS", name, longitude, latitude, radius, options));
  }
  /** GEORADIUS with STORE. Stores what georadius() gives in `store`, whatever that held; an empty result deletes it.
      Returns the number of members. From one node to another as geosearchstore(). */
  R<long long> georadius_store(Key name, double longitude, double latitude, double radius, Key store,
                               const GeoRadiusOptions& options = {}) const {
    return run<long long>(around("GEORADIUS", name, longitude, latitude, radius, options).arg("STORE").key(store));
  }
  /** GEORADIUS with STOREDIST. As georadius_store(), the scores being distances in the unit of the options. */
  R<long long> georadius_store_dist(Key name, double longitude, double latitude, double radius, Key store_dist,
                                    const GeoRadiusOptions& options = {}) const {
    return run<long long>(
        around("GEORADIUS", name, longitude, latitude, radius, options).arg("STOREDIST").key(store_dist));
  }
  /** GEORADIUS_RO. As georadius(), but a slave may serve it. */
  R<Members> georadius_ro(Key name, double longitude, double latitude, double radius,
                          const GeoRadiusOptions& options = {}) const {
    return run<Members>(around("GEORADIUS_RO", name, longitude, latitude, radius, options));
  }
  /** GEORADIUS_RO with WITHDIST, WITHCOORD and WITHHASH. As georadius_with(), but a slave may serve it. */
  R<Results> georadius_ro_with(Key name, double longitude, double latitude, double radius,
                               const GeoRadiusWithOptions& options) const {
    return run<Results>(around("GEORADIUS_RO", name, longitude, latitude, radius, options));
  }

  /** GEORADIUSBYMEMBER, the old form of geosearch(). The members at most radius away from a member, which is one of
      them. ResponseError when there is no such member in the set; empty when there is no set. */
  R<Members> georadiusbymember(Key name, const Arg& member, double radius, const GeoRadiusOptions& options = {}) const {
    return run<Members>(around("GEORADIUSBYMEMBER", name, member, radius, options));
  }
  /** GEORADIUSBYMEMBER with WITHDIST, WITHCOORD and WITHHASH, as the options say. */
  R<Results> georadiusbymember_with(Key name, const Arg& member, double radius,
                                    const GeoRadiusWithOptions& options) const {
    return run<Results>(around("GEORADIUSBYMEMBER", name, member, radius, options));
  }
  /** GEORADIUSBYMEMBER with STORE. As georadius_store(). */
  R<long long> georadiusbymember_store(Key name, const Arg& member, double radius, Key store,
                                       const GeoRadiusOptions& options = {}) const {
    return run<long long>(around("GEORADIUSBYMEMBER", name, member, radius, options).arg("STORE").key(store));
  }
  /** GEORADIUSBYMEMBER with STOREDIST. As georadius_store_dist(). */
  R<long long> georadiusbymember_store_dist(Key name, const Arg& member, double radius, Key store_dist,
                                            const GeoRadiusOptions& options = {}) const {
    return run<long long>(around("GEORADIUSBYMEMBER", name, member, radius, options).arg("STOREDIST").key(store_dist));
  }
  /** GEORADIUSBYMEMBER_RO. As georadiusbymember(), but a slave may serve it. */
  R<Members> georadiusbymember_ro(Key name, const Arg& member, double radius,
                                  const GeoRadiusOptions& options = {}) const {
    return run<Members>(around("GEORADIUSBYMEMBER_RO", name, member, radius, options));
  }
  /** GEORADIUSBYMEMBER_RO with WITHDIST, WITHCOORD and WITHHASH. As georadiusbymember_with(), but a slave may serve
      it. */
  R<Results> georadiusbymember_ro_with(Key name, const Arg& member, double radius,
                                       const GeoRadiusWithOptions& options) const {
    return run<Results>(around("GEORADIUSBYMEMBER_RO", name, member, radius, options));
  }

  /** GEOSEARCH (Redis 6.2). The members in a circle or a rectangle around a member or a position:
      geosearch("k", {.longitude = 15, .latitude = 37, .unit = "km", .radius = 200}). ResponseError when the options do
      not say just one centre and one shape, or there is no such member in the set; empty when there is no set. */
  R<Members> geosearch(Key name, const GeoSearchOptions& options) const {
    return run<Members>(searched("GEOSEARCH", nullptr, name, options));
  }
  /** GEOSEARCH with WITHCOORD, WITHDIST and WITHHASH, as the options say. */
  R<Results> geosearch_with(Key name, const GeoSearchWithOptions& options) const {
    return run<Results>(searched("GEOSEARCH", nullptr, name, options));
  }
  /** GEOSEARCHSTORE (Redis 6.2). Stores what geosearch() gives in dest, whatever that held; an empty result deletes it.
      Returns the number of members.

      From one node to another the source's master searches, which costs a write there: it stores the result under a
      temporary key, which is gone at the end of the same transaction. Then dest is replaced in one step on its node, so
      that nobody sees it missing or half filled; what was changed in the source, or in dest, in between is overlooked.
      A crash, or an error, leaves dest as it was or as it is to be. A result too large for one command is first built
      under a temporary key on that node, which expires after a minute when nothing comes of it. */
  R<long long> geosearchstore(Key dest, Key name, const GeoSearchStoreOptions& options) const {
    return run<long long>(searched("GEOSEARCHSTORE", &dest, name, options));
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  template <class Options>
  static Command around(std::string_view word, Key name, double longitude, double latitude, double radius,
                        const Options& options) {
    Command command(word);
    append_radius(command.key(name).arg(longitude).arg(latitude), radius, options);
    return command;
  }
  template <class Options>
  static Command around(std::string_view word, Key name, const Arg& member, double radius, const Options& options) {
    Command command(word);
    append_radius(command.key(name).arg(member), radius, options);
    return command;
  }
  template <class Options>
  static void append_radius(Command& command, double radius, const Options& options) {
    command.arg(radius).arg(options.unit);
    append_with(command, options);
    append_count(command, options);
    if (options.sort) command.arg(*options.sort);
  }

  /** What was given is sent, also half a centre: that it is none is for the server to say. */
  template <class Options>
  static Command searched(std::string_view word, const Key* dest, Key name, const Options& options) {
    Command command(word);
    if (dest != nullptr) command.key(*dest);
    command.key(name).option("FROMMEMBER", options.member);
    append_two(command, "FROMLONLAT", options.longitude, options.latitude);
    if (options.radius) command.arg("BYRADIUS").arg(*options.radius).arg(options.unit);
    if (append_two(command, "BYBOX", options.width, options.height)) command.arg(options.unit);
    if (options.sort) command.arg(*options.sort);
    append_count(command, options);
    append_with(command, options);
    if constexpr (requires { options.storedist; }) command.flag(options.storedist, "STOREDIST");
    return command;
  }
  static bool append_two(Command& command, std::string_view word, const std::optional<double>& first,
                         const std::optional<double>& second) {
    if (!first && !second) return false;
    command.arg(word);
    if (first) command.arg(*first);
    if (second) command.arg(*second);
    return true;
  }
  template <class Options>
  static void append_count(Command& command, const Options& options) {
    command.option("COUNT", options.count).flag(options.any, "ANY");
  }
  template <class Options>
  static void append_with(Command& command, const Options& options) {
    if constexpr (requires { options.withdist; }) {
      command.flag(options.withdist, "WITHDIST").flag(options.withcoord, "WITHCOORD");
      command.flag(options.withhash, "WITHHASH");
    }
  }
};

}  // namespace v0_1
}  // namespace rediscluster
