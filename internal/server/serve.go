package server

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/faultline-itsm/faultline/graph"
)

// Listen opens an address of this machine, without a token.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	return Access{}.Listen(ctx, address)
}

// Serve serves this machine, without a token.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	return Access{}.Serve(ctx, l, h)
}

// Listen opens an address. Without a token that cannot be guessed, anything but
// this machine is refused: whoever reaches the API may do everything.
func (a Access) Listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, graph.Errorf(graph.Invalid, "%q is not an address to listen on", address).WithHint("write it as HOST:PORT, for example 127.0.0.1:8080")
	}
	switch {
	case loopback(host):
	case !a.asks():
		return nil, graph.Errorf(graph.PermissionDenied, "%s is not on this machine alone, and no token is set", address).
			WithHint("set a token or an identity provider, or listen on 127.0.0.1 or ::1")
	case a.Token != "" && len(a.Token) < minToken:
		return nil, graph.Errorf(graph.PermissionDenied, "the token has fewer than %d characters: on a network it would be guessed", minToken).
			WithHint("make one, for example with: openssl rand -hex 32")
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
// to its end. Requests that a browser sends for a page of another site, and such
// as name another host, are refused.
func (a Access) Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	var complaints *log.Logger // nil is that of package log
	vigil := func(context.Context) {}
	if f, ok := h.(*front); ok {
		complaints, vigil = f.complaints(), f.vigil
	}
	h, err := a.checked(h)
	if err != nil {
		_ = l.Close()
		return err
	}
	watch, asleep := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { vigil(watch) })
	defer watching.Wait()
	defer asleep()
	streams := &serving{ctx: ctx}
	s := &http.Server{
		Handler:           h,
		BaseContext:       streams.base,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          complaints,
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
	err = errors.Join(s.Shutdown(end), streams.wait(end))
	if err != nil {
		_ = s.Close()
	}
	<-ended
	return err
}
