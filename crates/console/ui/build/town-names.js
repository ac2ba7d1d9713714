// Chinese names of towns whose Latin name is no pinyin, and of the large ones abroad that a reader in China knows by a Chinese name.

export const NAMES = {
  // Mongolian, Tibetan, Uyghur and older spellings
  'Lhasa': '拉萨', 'Shiquanhe': '狮泉河', 'Qamdo': '昌都', 'Rikaze': '日喀则', 'Nagqu': '那曲', 'Nyingchi': '林芝', 'Kashgar': '喀什', 'Ürümqi': '乌鲁木齐', 'Aksu': '阿克苏',
  'Hotan': '和田', 'Turpan': '吐鲁番', 'Karamay': '克拉玛依', 'Korla': '库尔勒', 'Altay': '阿勒泰', 'Tacheng': '塔城', 'Yili': '伊宁', 'Tumxuk': '图木舒克', 'Kumul': '哈密', 'Artux': '阿图什',
  'Hohhot': '呼和浩特', 'Ordos': '鄂尔多斯', 'Bayan Nur': '巴彦淖尔', 'Hulunbuir': '呼伦贝尔', 'Hailar': '海拉尔', 'Manzhouli': '满洲里', 'Xilin Hot': '锡林浩特', 'Erenhot': '二连浩特', 'Ulanhot': '乌兰浩特',
  'Harbin': '哈尔滨', 'Qiqihar': '齐齐哈尔', 'Jiamusi': '佳木斯', 'Mudanjiang': '牡丹江', 'Qincheng': '天水', 'Baise': '百色', 'Wenshan': '文山', 'Xinpu': '连云港', 'Zhu Cheng': '诸城', 'Changshu': '常熟',
  'Shiqi': '中山', 'Puyang Chengguanzhen': '濮阳', 'Tanggu': '塘沽', 'Kaifeng': '开封', 'Xining': '西宁', 'Golmud': '格尔木', 'Delingha': '德令哈',
  'Hong Kong': '香港', 'Kowloon': '九龙', 'Macau': '澳门', 'Taipei': '台北', 'Taichung': '台中', 'Tainan': '台南', 'Kaohsiung': '高雄', 'Keelung': '基隆', 'Hsinchu': '新竹', 'Hualien': '花莲', 'Taoyuan': '桃园', 'Banqiao': '板桥',
  // Abroad
  'Seoul': '首尔', 'Busan': '釜山', 'Incheon': '仁川', 'Daegu': '大邱', 'Daejeon': '大田', 'Gwangju': '光州', 'Pyongyang': '平壤', 'Sinŭiju': '新义州', 'Hamhŭng': '咸兴',
  'Tokyo': '东京', 'Yokohama': '横滨', 'Osaka': '大阪', 'Nagoya': '名古屋', 'Sapporo': '札幌', 'Kyoto': '京都', 'Kobe': '神户', 'Fukuoka': '福冈', 'Hiroshima': '广岛', 'Sendai': '仙台', 'Naha': '那霸',
  'Ulan Bator': '乌兰巴托', 'Hanoi': '河内', 'Haiphong': '海防', 'Da Nang': '岘港', 'Ho Chi Minh City': '胡志明市', 'Vientiane': '万象', 'Yangon': '仰光', 'Mandalay': '曼德勒', 'Nay Pyi Taw': '内比都',
  'Bangkok': '曼谷', 'Chiang Mai': '清迈', 'Phnom Penh': '金边', 'Manila': '马尼拉', 'Quezon': '奎松城', 'Davao': '达沃', 'Dhaka': '达卡', 'Chittagong': '吉大港', 'Thimphu': '廷布', 'Kathmandu': '加德满都',
  'New Delhi': '新德里', 'Delhi': '德里', 'Mumbai': '孟买', 'Kolkata': '加尔各答', 'Bengaluru': '班加罗尔', 'Chennai': '金奈', 'Hyderabad': '海得拉巴', 'Karachi': '卡拉奇', 'Lahore': '拉合尔', 'Islamabad': '伊斯兰堡', 'Peshawar': '白沙瓦',
  'Kabul': '喀布尔', 'Dushanbe': '杜尚别', 'Bishkek': '比什凯克', 'Osh': '奥什', 'Almaty': '阿拉木图', 'Astana': '阿斯塔纳', 'Nur-Sultan': '阿斯塔纳', 'Tashkent': '塔什干', 'Samarkand': '撒马尔罕', 'Colombo': '科伦坡',
  'Vladivostok': '符拉迪沃斯托克', 'Khabarovsk': '哈巴罗夫斯克', 'Blagoveshchensk': '布拉戈维申斯克', 'Irkutsk': '伊尔库茨克', 'Ulan-Ude': '乌兰乌德', 'Chita': '赤塔', 'Novosibirsk': '新西伯利亚', 'Krasnoyarsk': '克拉斯诺亚尔斯克', 'Omsk': '鄂木斯克', 'Yekaterinburg': '叶卡捷琳堡', 'Chelyabinsk': '车里雅宾斯克',
  'Kuala Lumpur': '吉隆坡', 'Singapore': '新加坡', 'Bandar Seri Begawan': '斯里巴加湾市', 'Jakarta': '雅加达', 'Medan': '棉兰',
}
