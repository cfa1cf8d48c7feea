import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** One Elasticsearch node until it is told to stop. Arguments: its home (jars, modules) and its folder. */
public final class SearchNode {
    private SearchNode() {}

    public static void main(String[] words) throws Exception {
        Path home = Path.of(words[0]);
        Path config = Path.of(words[1]);
        System.setProperty("es.path.home", home.toString());
        Settings settings = Settings.builder()
            .loadFromPath(config.resolve("elasticsearch.yml"))
            .put("path.home", home.toString())
            .build();
        Environment environment = new Environment(settings, config);
        LogConfigurator.registerErrorListener();
        LogConfigurator.setNodeName("search-node");
        LogConfigurator.configure(environment, true);

        var modules = PluginsLoader.loadModulesBundles(environment.modulesDir());
        var plugins = PluginsLoader.loadPluginsBundles(environment.pluginsDir());
        Node node = new Node(environment, PluginsLoader.createPluginsLoader(modules, plugins, Map.of(), false));
        Semaphore over = new Semaphore(0);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node, over)));
        node.start();
        over.acquire();
    }

    private static void stop(Node node, Semaphore over) {
        try {
            node.close();
            node.awaitClose(20, TimeUnit.SECONDS);
        } catch (Exception cause) {
            cause.printStackTrace();
        }
        over.release();
    }
}
