package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Listen opens an address of this machine. Anything else is refused: whoever
// reaches the API may do everything, as long as nobody has to log in.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, graph.Errorf(graph.Invalid, "%q is not an address to listen on", address).WithHint("write it as HOST:PORT, for example 127.0.0.1:8080")
	}
	if !loopback(host) {
		return nil, graph.Errorf(graph.PermissionDenied, "%s is not on this machine alone, and nobody has to log in yet", address).
			WithHint("listen on 127.0.0.1 or ::1")
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, graph.Errorf(graph.Unavailable, "%s is in use by another program", address).WithHint("choose another port; port 0 takes a free one").Because(err)
	case err != nil:
		return nil, graph.Errorf(graph.Unavailable, "%s cannot be listened on", address).WithHint("look at the address and the port").Because(err)
	}
	return l, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// grace is how long requests under way may take when the server stops.
const grace = 10 * time.Second

// Serve answers on the listener until ctx ends, then lets what is under way come
// to its end. Requests that a browser sends for another site, and such as name a
// host other than this machine, are refused.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler:           http.NewCrossOriginProtection().Handler(local(h)),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := s.Shutdown(end)
	if err != nil {
		_ = s.Close()
	}
	<-ended
	return err
}

// local refuses requests for another host name: a page could have made it point
// here.
func local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if !loopback(host) {
			refuse(w, r, http.StatusMisdirectedRequest, "MISDIRECTED", "this service answers for localhost only")
			return
		}
		next.ServeHTTP(w, r)
	})
}
