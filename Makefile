# What there is to do here. `make run` on a fresh machine is all it takes to see the shop.
.PHONY: setup run test interop interop-mysql bench fuzz schema lint

# Installs what is missing: compilers, MariaDB, and (with Node 20+) the GraphiQL assets; INTEROP=1 also what
# `make interop` needs: Java, Maven, Node, Chromium, and with Go also stripe-mock
setup: ; @INTEROP=$(INTEROP) make/setup.sh
# Starts the whole shop; options by ARGS, e.g. make run ARGS="--replicas orders=2"
run: setup ; @cargo build --workspace --bin souk && target/debug/souk up $(ARGS)
# Format, lints, unit, service and whole-shop tests on MariaDB and the embedded broker
test: ; @make/test.sh
# The same shop with what is other people's: Apache Kafka, JavaScript clients, Chromium, stripe-mock
interop: ; @make/interop.sh
# Kit, services, launcher and whole shop on real MySQL, unpacked from Debian sid into .souk/tools
interop-mysql: ; @make/interop-mysql.sh
# Measures, with ratios and the machine
bench: ; @make/bench.sh
# Random federations against a monolith, any text composed, any operation planned: FUZZ_SECONDS of each, 300 by default
fuzz: ; @make/fuzz.sh
# Writes schema/ anew from the code
schema: ; @cargo build --workspace --bin souk && target/debug/souk schema
# Format and clippy, as strict as the tests
lint: ; @cargo fmt --all --check && cargo clippy --workspace --all-targets --quiet -- -D warnings
