# Faultline. `make` alone lists what there is.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Real input that is too big to commit; tests that need it skip loudly where it is absent.
ifndef FAULTLINE_DATA
ifneq ($(wildcard ../shared/data),)
export FAULTLINE_DATA := $(abspath ../shared/data)
endif
endif

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GOLANGCI = $$(scripts/tools.sh golangci-lint)
# Packages whose tests start goroutines that share state.
CONCURRENT := ./internal/store ./internal/projection/... ./internal/records/... ./internal/store/sqlite/... ./internal/store/neo4j/... ./internal/server/...
# Runs a command with the Neo4j servers of FAULTLINE_TEST_NEO4J, or with such as it starts, once, and stops again.
NEO4J = scripts/tools.sh neo4j; FAULTLINE_REQUIRE="$${FAULTLINE_REQUIRE:-} neo4j" go run ./internal/neo4jtest/with
FUZZTIME ?= 20s

.PHONY: help build test unit oracle race vet lint fresh arch audits e2e generate demo bench fuzz soak drills clean

help: ## list the targets
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

build: ## the binary, into bin/faultline
	CGO_ENABLED=0 go build -trimpath -o bin/faultline ./cmd/faultline

test: vet fresh arch audits e2e lint oracle ## everything that must hold before a change lands
	$(NEO4J) $(MAKE) --no-print-directory unit race

unit: ## every test, once; on a real Neo4j
	$(NEO4J) go test -timeout 30m ./...

oracle: ## 200,000 random scenarios (instants, patches, worlds, windows, interactions) against the slow oracle
	go test -count=1 -timeout 20m ./graph -run 'Agrees?WithTheOracle' -rapid.checks=10000

arch: ## who imports whom; never from the test cache, which does not see new imports
	go test -count=1 ./internal/arch

audits: ## GraphQL over HTTP, changes of the schema, subscriptions, federation and the TypeScript client as npm packages judge them; needs node
	@scripts/audits.sh

e2e: ## the page at /graphiql in a real browser, without a network; skips loudly where there is none
	@scripts/tools.sh browser
	cd e2e && go vet ./... && go test -count=1 -v ./...

race: ## the packages that share state, under the race detector; needs a C compiler
	@if [ "$$(go env CGO_ENABLED)" = 1 ]; then \
	  echo "go test -race -short $(CONCURRENT)"; $(NEO4J) go test -race -short $(CONCURRENT); \
	else echo "race: skipped, the race detector needs a C compiler and there is none"; fi

vet: ## go vet
	go vet ./...

lint: ## golangci-lint, pinned; built once outside the tree where it is missing
	$(GOLANGCI) run ./...

generate: ## write generated code again: internal/gql, client, and the demo estate where FAULTLINE_DATA is set
	go tool gqlgen generate
	go tool genqlient client/genqlient.yaml
	@if [ -n "$${FAULTLINE_DATA:-}" ]; then go generate ./internal/demo; \
	else echo "generate: the demo estate is left as it is, FAULTLINE_DATA is not set"; fi

fresh: ## generated code is what the schema says, and the page what its sources build
	@scripts/fresh.sh

demo: ## one answered question on the sample estate
	go run ./cmd/faultline demo --once

bench: ## one table: ratios in one run, answers checked equal first (BENCH_CIS, BENCH_ROWS adjust it)
	go run ./bench

fuzz: ## every fuzz target for FUZZTIME each
	@scripts/fuzz.sh $(FUZZTIME)

soak: drills ## the drills in full, and the concurrent packages under the race detector, five times over
	$(NEO4J) go test -race -count=5 -timeout 90m $(CONCURRENT)

drills: ## every fault at every phase, 10 times; kill -9 of the service and of Neo4j, 20 times each (docs/reliability.md)
	FAULTLINE_SOAK=1; export FAULTLINE_SOAK; $(NEO4J) go test -count=1 -timeout 2h -v ./internal/drill

clean: ## what make left in the tree
	rm -rf bin
