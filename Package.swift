// swift-tools-version: 6.3

import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "ActorCluster",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "ActorCluster", targets: ["ActorCluster"])
    ],
    targets: [
        .target(name: "CShims"),
        .target(name: "ProcessIO", dependencies: ["CShims"], swiftSettings: settings),
        .target(name: "ActorCluster", dependencies: ["ProcessIO", "CShims"], swiftSettings: settings),

        // For the tests: actors and worker programs. Not products.
        .target(
            name: "ActorClusterTesting", dependencies: ["ActorCluster", "CShims", "ProcessIO"], swiftSettings: settings),
        .target(name: "FaultActors", dependencies: ["ActorCluster", "ProcessIO"], swiftSettings: settings),
        .executableTarget(
            name: "FaultyWorkers", dependencies: ["ActorCluster", "ActorClusterTesting", "FaultActors", "ProcessIO"],
            swiftSettings: settings),

        // What the samples' command lines share.
        .target(name: "Terminal", path: "Samples/Terminal", swiftSettings: settings),
        .executableTarget(
            name: "Ping", dependencies: ["ActorCluster"], path: "Samples/Ping", swiftSettings: settings),
        .executableTarget(
            name: "Chat", dependencies: ["ActorCluster", "Terminal"], path: "Samples/Chat", swiftSettings: settings),
        .executableTarget(
            name: "Commands", dependencies: ["ActorCluster", "Terminal"], path: "Samples/Commands",
            swiftSettings: settings),
        .executableTarget(
            name: "Inspect", dependencies: ["ActorCluster", "Terminal"], path: "Samples/Inspect",
            swiftSettings: settings),
        .executableTarget(
            name: "Restart", dependencies: ["ActorCluster", "Terminal"], path: "Samples/Restart",
            swiftSettings: settings),
        .target(name: "BenchmarkFloor", path: "Samples/Benchmark/Floor"),
        .executableTarget(
            name: "Benchmark", dependencies: ["ActorCluster", "BenchmarkFloor", "Terminal"], path: "Samples/Benchmark",
            exclude: ["Floor"], swiftSettings: settings),

        .testTarget(
            name: "ProcessIOTests", dependencies: ["ProcessIO", "ActorClusterTesting"], swiftSettings: settings),
        .testTarget(
            name: "ActorClusterTests", dependencies: ["ActorCluster", "ActorClusterTesting", "ProcessIO"],
            swiftSettings: settings),
        .testTarget(
            name: "FaultTests",
            dependencies: ["ActorCluster", "ActorClusterTesting", "FaultActors", "FaultyWorkers", "ProcessIO"],
            swiftSettings: settings),
        .testTarget(
            name: "SampleTests",
            dependencies: [
                "ActorClusterTesting", "ActorCluster", "Benchmark", "BenchmarkFloor", "CShims", "Chat", "Commands",
                "Inspect", "Ping", "ProcessIO", "Restart", "Terminal",
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
