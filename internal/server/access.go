package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/faultline-itsm/faultline/graph"
	"github.com/faultline-itsm/faultline/internal/identity"
	"github.com/faultline-itsm/faultline/internal/itsm"
	"github.com/faultline-itsm/faultline/internal/web"
)

// Access is who may reach the API. The zero value is this machine alone, without
// a token.
type Access struct {
	Token    Token              // with it, every request must carry it, and others than this machine may be let in
	Provider *identity.Provider // with it, every request must carry one of its tokens or of ours, too; nil: none
	Hosts    []string           // names that requests may call this service by, beside localhost; with a token and without names, any
	Origins  []string           // sites whose pages may use the API, for example https://desk.example.org
}

// Token is a static bearer token. It never shows in a log or a message.
type Token string

// minToken is how long a token must be to let other machines in: 16 random
// characters cannot be guessed over a network.
const minToken = 16

func (t Token) String() string {
	if t == "" {
		return "none"
	}
	return "(set)"
}

// GoString is String: no verb prints the token.
func (t Token) GoString() string { return t.String() }

// LogValue is String.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText is String, for JSON and other encodings.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// is compares in constant time, whatever the lengths.
func (t Token) is(other string) bool {
	a, b := sha256.Sum256([]byte(t)), sha256.Sum256([]byte(other))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// open says whether a route needs no token: it tells a supervisor that the service
// lives, or shows the page that asks for the token, and nothing of the graph.
func open(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == web.Page || strings.HasPrefix(path, web.Page+"/")
}

// asks says whether a request must show who sends it.
func (a Access) asks() bool { return a.Token != "" || a.Provider != nil }

// who is who an Authorization header, or what stands for it, shows: nil for whoever has
// the static token, or may come without any. It fails where it shows nobody, and with
// Unavailable where that cannot be known now.
func (s *service) who(ctx context.Context, authorization string) (*itsm.Actor, error) {
	scheme, sent, _ := strings.Cut(authorization, " ")
	sent = strings.TrimSpace(sent)
	bearer := strings.EqualFold(scheme, "Bearer")
	switch {
	case bearer && strings.HasPrefix(sent, identity.Prefix):
		who, err := identity.Bearer(ctx, s.Ledger.Room(s.Ledger.Projection().Snapshot()), sent)
		return &who, err
	case !s.asks() || bearer && s.Token != "" && s.Token.is(sent):
		return nil, nil
	case bearer && s.Provider != nil && strings.Count(sent, ".") == 2: // a JWT
		who, err := s.Provider.Bearer(ctx, sent)
		return &who, err
	}
	return nil, graph.Errorf(graph.PermissionDenied, "no token shows who this is")
}

type (
	provenKey struct{}
	actorKey  struct{}
)

// proven says whether the request itself showed who it is.
func proven(r *http.Request) bool { return r.Context().Value(provenKey{}) == nil }

// actorOf is whose token the request has; nil: whoever may reach the service.
func actorOf(ctx context.Context) *itsm.Actor {
	who, _ := ctx.Value(actorKey{}).(*itsm.Actor)
	return who
}

// named is whom the ledger names for a request.
func (s *service) named(ctx context.Context) string {
	if who := actorOf(ctx); who != nil {
		return who.Name
	}
	return s.Actor
}

// authorised lets requests pass that show who they are, where that is asked for. A
// WebSocket may show it in its first message instead: a page cannot send a header with it.
func (s *service) authorised(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := r.Header.Get("Authorization")
		if open(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		who, err := s.who(r.Context(), sent)
		if err == nil {
			if who != nil {
				r = r.WithContext(context.WithValue(r.Context(), actorKey{}, who))
			}
			next.ServeHTTP(w, r)
			return
		}
		if sent == "" && isSocket(r) && r.URL.Path == graphqlRoute {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), provenKey{}, false)))
			return
		}
		if graph.IsKind(err, graph.Unavailable) {
			refuse(w, r, problem{graph.Unavailable.String(), graph.AsError(err).Error()})
			return
		}
		challenge := `Bearer realm="faultline"`
		if strings.Contains(sent, " ") {
			challenge += `, error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
		refuse(w, r, problem{unauthenticated, "send the token as Authorization: Bearer TOKEN"})
	})
}

// shared lets pages of the listed sites use the API. Without a list it adds
// nothing, and browsers keep the answers from other sites' pages.
func (a Access) shared(next http.Handler) http.Handler {
	if len(a.Origins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); slices.Contains(a.Origins, origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Expose-Headers", requestHeader+", Retry-After, ETag")
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				h.Set("Access-Control-Allow-Methods", "GET, POST")
				h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, "+minHeader+", "+costHeader+", "+lastEvent)
				h.Set("Access-Control-Max-Age", "600")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// local refuses requests for a host name that is not this service's: a page could
// have made it point here. With a token it could, but would not have the token.
func (a Access) local(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		anyName := a.asks() && len(a.Hosts) == 0
		if !anyName && !loopback(host) && !slices.ContainsFunc(a.Hosts, func(h string) bool { return strings.EqualFold(h, host) }) {
			refuse(w, r, problem{misdirected, "this service does not answer under that name"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checked puts the checks of Host and Origin before the routes.
func (a Access) checked(next http.Handler) (http.Handler, error) {
	cross := http.NewCrossOriginProtection()
	for _, origin := range a.Origins {
		if err := cross.AddTrustedOrigin(origin); err != nil {
			return nil, graph.Errorf(graph.Invalid, "%q is not an origin", origin).WithHint("write it as a browser sends it: https://desk.example.org").Because(err)
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, problem{foreignOrigin, "pages of other sites may not change anything here"})
	}))
	checks := a.local(cross.Handler(next))
	if f, ok := next.(*front); ok {
		checks = f.watched(checks)
	}
	return identified(checks), nil
}
