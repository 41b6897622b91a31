# The one entry point for people and for continuous integration. `make` alone lists what there is.
# Everything is built with -c release: the C kernels are useless at -O0.

SWIFT_FLAGS := -c release
STN := .build/release/stn
# What somebody who depends on the library sees.
DOCUMENTED := Tensors Warping Networks Execution Interchange SpatialTransformers Imaging
# Homebrew keeps its libarchive, newer than macOS's own, out of pkg-config's sight.
ifeq ($(shell uname),Darwin)
export PKG_CONFIG_PATH := $(shell brew --prefix libarchive 2>/dev/null)/lib/pkgconfig:$(PKG_CONFIG_PATH)
endif

.DEFAULT_GOAL := help
.PHONY: help setup build demo cifar10 test check coverage mutants sanitize soak fuzz reproduce bench compare growth \
	transforms check-onnx check-neon goldens pictures completions man docs format lint clean

help: ## list these targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: ## install the system libraries that are missing, or say how
	@scripts/install-dependencies.sh

build: setup ## build the library and stn
	swift build $(SWIFT_FLAGS) --product stn

demo: build ## about a minute: train on built-in images with and without the transformer, draw what it does
	@scripts/demo.sh $(STN)

cifar10: build ## the whole run: fetch CIFAR-10 and train 50 epochs (DATA=folder uses your copy)
	@scripts/cifar10.sh $(STN) $(DATA)

test: setup ## all tests
	swift build $(SWIFT_FLAGS) --build-tests
	swift test $(SWIFT_FLAGS) --skip-build --no-parallel

check: lint test ## what a change must pass: formatting and all tests

coverage: setup ## which lines and regions the tests run; records it (a quarter of an hour; needs Python)
	@scripts/coverage.py

mutants: setup ## plant small faults and count which the tests see; records it (an hour; needs Python)
	@scripts/mutants.py

sanitize: setup ## the suite under address, undefined behaviour and thread sanitizers; records it (an hour; needs Python)
	@scripts/sanitize.py $(SANITIZERS)

soak: build ## kill runs at random moments and go on with them (KILLS=2000, about half an hour; needs Python)
	@scripts/soak.py $(STN) $(or $(KILLS),2000)

fuzz: setup ## search for files that a reader does not stand (SECONDS=60 or RUNS= each, READERS=, COMPARE=headers; Linux, Python)
	@scripts/fuzz.py $(if $(RUNS),--runs $(RUNS),--seconds $(or $(SECONDS),60)) --compare $(or $(COMPARE),0) $(READERS)

reproduce: setup ## the same run 20 times with 1 to 8 threads: one digest of the weights; records it (RUNS=4 processes; needs Python)
	swift build $(SWIFT_FLAGS) --build-tests
	@scripts/reproduce.py $(or $(RUNS),4)

bench: build ## how fast this machine trains and classifies
	$(STN) bench sample

compare: build ## ours against PyTorch and ONNX Runtime in one run (needs Python; makes its environment under ~/.cache)
	STN_PEERS_PYTHON="$$(Benchmarks/setup-peers.sh)" python3 Benchmarks/compare.py

growth: build ## how time and memory of a training step grow with batch and image size (a minute, 4 GB)
	python3 Benchmarks/growth.py

transforms: build ## what each transformer is worth (half an hour; DATA=folder has your MNIST and CIFAR-10)
	python3 Benchmarks/transforms.py $(if $(DATA),--data-dir "$(DATA)")

check-onnx: build ## compare ONNX Runtime with stn on all test images (MODEL=run or weights, DATA=folder has your data; needs Python)
	@scripts/check-onnx.sh $(STN) "$(or $(MODEL),runs/latest)" $(if $(DATA),"$(DATA)")

check-neon: setup ## the kernels for 64-bit ARM tested on any processor (ten minutes; needs QEMU and a C library for ARM)
	@tools/check_neon.sh

goldens: ## compute the golden files anew with PyTorch
	"$$(Benchmarks/setup-peers.sh)" tools/generate_goldens.py

pictures: build ## draw the pictures of the pages on transformations and samplers anew
	@scripts/pictures.sh $(STN)

completions: build ## completion scripts for bash, zsh and fish, in .build/completions
	@scripts/completions.sh $(STN) .build/completions

man: setup ## the manual pages, in .build/man
	@mkdir -p .build/man
	swift package $(SWIFT_FLAGS) --allow-writing-to-package-directory generate-manual --multi-page --output-directory .build/man

docs: ## the library's reference as a website, in .build/docs; a warning is an error
	@mkdir -p .build/docs
	STN_DOCS=1 swift package --allow-writing-to-directory .build/docs generate-documentation \
		$(foreach target,$(DOCUMENTED),--target $(target)) --enable-experimental-combined-documentation \
		--transform-for-static-hosting --warnings-as-errors --output-path .build/docs

format: ## format the Swift sources
	swift format --in-place --recursive Package.swift Sources Tests Fuzzing/Package.swift Fuzzing/Sources/Fuzz

lint: ## complain about formatting and missing documentation
	swift format lint --strict --recursive Package.swift Sources Tests Fuzzing/Package.swift Fuzzing/Sources/Fuzz

clean: ## remove what was built
	rm -rf .build
