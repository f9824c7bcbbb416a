#include "gateway/http/http_reply.h"

#include "gateway/ws/json_out.h"

namespace pace {
namespace {

std::string_view status_title(unsigned status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

}  // namespace

HttpReply problem(unsigned status, std::string_view detail) {
  std::string out = "{\"type\":\"about:blank\",";
  JsonFields fields(out);
  fields.add_text("title", status_title(status));
  fields.add("status", status);
  fields.add_text("detail", detail);
  return {.status = status, .type = "application/problem+json", .body = out + "}\n", .headers = {}};
}

}  // namespace pace
