// What the load generators share: connections, how long each reply took, and the JSON that
// tests/bench/run reads.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace relaypermit::bench {

using Clock = std::chrono::steady_clock;

// A blocking stream to "unix:/path" or a port of the loopback. Throws std::runtime_error.
class Stream {
  public:
    explicit Stream(const std::string& where) {
        sockaddr_storage address{};
        socklen_t length = 0;
        if (where.starts_with("unix:")) {
            auto* local = reinterpret_cast<sockaddr_un*>(&address);
            local->sun_family = AF_UNIX;
            where.copy(local->sun_path, sizeof local->sun_path - 1, 5);
            length = sizeof *local;
        } else {
            auto* inet = reinterpret_cast<sockaddr_in*>(&address);
            inet->sin_family = AF_INET;
            inet->sin_port = htons(static_cast<std::uint16_t>(std::stoi(where)));
            inet->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            length = sizeof *inet;
        }
        fd_ = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), length) != 0)
            throw std::runtime_error("cannot connect to " + where + ": " + std::strerror(errno));
        const int yes = 1;
        if (address.ss_family == AF_INET)
            (void)::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    ~Stream() { ::close(fd_); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void send(std::string_view data) {
        while (!data.empty()) {
            const ssize_t sent = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
            if (sent < 0) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
            data.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    // Makes the buffer hold `bytes` or more.
    void need(std::size_t bytes) {
        while (buffer_.size() < bytes) {
            char more[4096];
            const ssize_t got = ::recv(fd_, more, sizeof more, 0);
            if (got <= 0) throw std::runtime_error("the peer closed the connection");
            buffer_.append(more, static_cast<std::size_t>(got));
        }
    }
    std::string take(std::size_t bytes) {
        need(bytes);
        std::string front = buffer_.substr(0, bytes);
        buffer_.erase(0, bytes);
        return front;
    }
    std::string take_line() {
        std::size_t end = 0;
        while ((end = buffer_.find("\r\n")) == std::string::npos) need(buffer_.size() + 1);
        return take(end + 2);
    }

  private:
    int fd_{-1};
    std::string buffer_{};
};

// What one thread saw.
struct Times {
    std::map<std::string, std::vector<std::uint32_t>> replies_us{};
    std::uint64_t messages{};

    template <typename Ask>
    auto timed(const std::string& name, Ask ask) {
        const auto start = Clock::now();
        auto answer = ask();
        replies_us[name].push_back(static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count()));
        return answer;
    }
};

inline std::uint32_t percentile(const std::vector<std::uint32_t>& sorted, double share) {
    if (sorted.empty()) return 0;
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

// Runs `work(thread number, times)` in so many threads and prints one line of JSON: messages, their
// rate, and each reply's p50 and p99 in microseconds. The exit code of the program.
template <typename Work>
int measure(unsigned threads, Work work) {
    std::vector<Times> seen(threads);
    std::vector<std::string> faults(threads);
    std::vector<std::thread> running;
    const auto start = Clock::now();
    for (unsigned i = 0; i < threads; ++i)
        running.emplace_back([&, i] {
            try {
                work(i, seen[i]);
            } catch (const std::exception& error) {
                faults[i] = error.what();
            }
        });
    for (std::thread& thread : running) thread.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    for (const std::string& fault : faults)
        if (!fault.empty()) {
            std::cerr << fault << "\n";
            return 1;
        }
    Times all;
    for (Times& one : seen) {
        all.messages += one.messages;
        for (auto& [name, times] : one.replies_us) {
            auto& target = all.replies_us[name];
            target.insert(target.end(), times.begin(), times.end());
        }
    }
    std::cout << "{\"messages\": " << all.messages << ", \"seconds\": " << seconds
              << ", \"rate\": " << static_cast<double>(all.messages) / seconds;
    for (auto& [name, times] : all.replies_us) {
        std::sort(times.begin(), times.end());
        std::cout << ", \"" << name << "_p50_us\": " << percentile(times, 0.5) << ", \"" << name
                  << "_p99_us\": " << percentile(times, 0.99);
    }
    std::cout << "}\n";
    return 0;
}

}  // namespace relaypermit::bench
