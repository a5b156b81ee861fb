# make run · make test · make test-long · make lint · make bench

CARGO ?= cargo
# Tests at once. Acceptance tests wait and listen most of their time, each in a network of its own.
AT_ONCE ?= 6
ACCEPTANCE_AT_ONCE ?= 12

.PHONY: run test test-long lint bench need-build need-bench need-test

need-build:
	@deploy/need.sh cc=build-essential

need-bench: need-build
	@deploy/need.sh taskset=util-linux '/usr/lib/postgresql/*/bin/postgres=postgresql'

need-test: need-build
	@deploy/need.sh sipp=sip-tester baresip=baresip-core sox=sox lame=lame pgrep=procps \
		ip=iproute2 setpriv=util-linux prlimit=util-linux mount=mount faketime=faketime \
		'/usr/lib/postgresql/*/bin/postgres=postgresql' \
		chromium=chromium pdftotext=poppler-utils '/usr/share/fonts/truetype/*/*.ttf=fonts-dejavu-core' \
		python3=python3 '/usr/lib/python3*/ensurepip/__init__.py=python3-venv'
	@deploy/need-schemathesis.sh target/schemathesis

run: need-build
	$(CARGO) run --release --locked -- serve --config ivr111.toml

test: need-test
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) test --locked --lib --bins -- --test-threads=$(AT_ONCE)
	$(CARGO) test --locked --doc
	$(CARGO) test --locked --test acceptance -- --test-threads=$(ACCEPTANCE_AT_ONCE)

# Those that take too long for every day.
test-long: need-test
	$(CARGO) test --locked --test acceptance -- --ignored

lint: need-build
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) fetch --locked
	$(CARGO) deny --offline check licenses bans sources

bench: need-bench
	$(CARGO) bench --locked --bench ground
	$(CARGO) bench --locked --bench queue
	$(CARGO) bench --locked --bench callback
	$(CARGO) bench --locked --bench floor
	$(CARGO) bench --locked --bench live
	$(CARGO) bench --locked --bench emergency
	$(CARGO) bench --locked --bench conference
	$(CARGO) bench --locked --bench store
	$(CARGO) bench --locked --bench day
	$(CARGO) bench --locked --bench directory
