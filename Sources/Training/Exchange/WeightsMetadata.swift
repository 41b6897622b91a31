import SpatialTransformers

extension RunConfiguration {
    /// What a file of weights says about itself: the settings that decide what the network is, what goes in and comes out, and
    /// which version wrote it.
    func metadata(of interface: ModelInterface) -> [String: String] {
        var metadata = interface.metadata
        metadata["stn_version"] = ProductVersion.current
        for (setting, text) in entries where Setting.inWeights.contains(setting) {
            metadata[setting.metadataKey] = text
        }
        return metadata
    }
}
